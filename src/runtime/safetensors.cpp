#include "safetensors.h"

#include <bit>
#include <cstring>

#include "floatsd/core/error.h"
#include "json.h"

namespace floatsd::runtime {
namespace {

using nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little,
              "tensors are stored as they lie in memory");

constexpr size_t kLengthBytes = 8;
constexpr size_t kAlignment = 8;  // of the tensors, by spaces at the header's end

int64_t element_size(const std::string& dtype) {
  if (dtype == "U8" || dtype == "I8") {
    return 1;
  }
  if (dtype == "I32" || dtype == "F32") {
    return 4;
  }
  throw Error("element type " + dtype + ", expected U8, I8, I32 or F32");
}

/// Bytes of a tensor, or -1 where the shape is negative or absurd.
int64_t byte_size(const RawTensor& tensor) {
  int64_t size = element_size(tensor.dtype);
  for (const int64_t extent : tensor.shape) {
    if (extent < 0 || (extent > 0 && size > (int64_t{1} << 40) / extent)) {
      return -1;
    }
    size *= extent;
  }
  return size;
}

ordered_json parse_header(std::string_view bytes, size_t& data_begin) {
  uint64_t length = 0;
  if (bytes.size() < kLengthBytes) {
    throw Error(std::to_string(bytes.size()) + " bytes, too few for a safetensors file");
  }
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > bytes.size() - kLengthBytes) {
    throw Error("a header of " + std::to_string(length) + " bytes in a file of " +
                std::to_string(bytes.size()) + ": truncated, or no safetensors file");
  }
  data_begin = kLengthBytes + length;
  auto header = parse_json(bytes.substr(kLengthBytes, length), "its header");
  if (!header.is_object()) {
    throw Error("its header is no JSON object");
  }
  return header;
}

RawTensor read_tensor(const ordered_json& entry, std::string_view data, int64_t& expected_begin) {
  RawTensor tensor{.dtype = entry.at("dtype").get<std::string>(),
                   .shape = integers_at<int64_t>(entry, "shape"),
                   .bytes = {}};
  const auto offsets = integers_at<int64_t>(entry, "data_offsets");
  const int64_t size = byte_size(tensor);
  if (size < 0 || offsets.size() != 2 || offsets[0] != expected_begin ||
      offsets[1] != expected_begin + size || offsets[1] > static_cast<int64_t>(data.size())) {
    throw Error("its offsets do not fit its shape, the tensor before it, or the file (" +
                std::to_string(data.size()) + " bytes of tensors)");
  }
  tensor.bytes =
      std::string(data.substr(static_cast<size_t>(offsets[0]), static_cast<size_t>(size)));
  expected_begin = offsets[1];
  return tensor;
}

}  // namespace

std::string write_safetensors(const Safetensors& file) {
  ordered_json header;
  for (const auto& [key, value] : file.metadata) {
    header["__metadata__"][key] = value;
  }
  std::string data;
  for (const auto& [name, tensor] : file.tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    data += tensor.bytes;
  }
  std::string text = header.dump();
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  const uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  return bytes + text + data;
}

Safetensors read_safetensors(std::string_view bytes) {
  size_t data_begin = 0;
  const ordered_json header = parse_header(bytes, data_begin);
  const std::string_view data = bytes.substr(data_begin);
  Safetensors file;
  int64_t begin = 0;
  for (const auto& [name, entry] : header.items()) {
    try {
      if (name == "__metadata__") {
        file.metadata = entry.get<std::map<std::string, std::string>>();
      } else {
        file.tensors.emplace_back(name, read_tensor(entry, data, begin));
      }
    } catch (const Error& error) {
      throw Error(name + ": " + error.what());
    } catch (const nlohmann::json::exception& error) {
      throw Error(name + ": its entry is not as expected: " + error.what());
    }
  }
  if (begin != static_cast<int64_t>(data.size())) {
    throw Error(std::to_string(static_cast<int64_t>(data.size()) - begin) +
                " bytes left over behind the tensors");
  }
  return file;
}

}  // namespace floatsd::runtime
