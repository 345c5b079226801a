#include "core/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "core/json.h"
#include "floatsd/core/error.h"

namespace floatsd {
namespace {

using Json = nlohmann::json;
using nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little,
              "tensors are stored as they lie in memory");

constexpr size_t kLengthBytes = 8;
constexpr size_t kAlignment = 8;  // of the tensors, by spaces at the header's end

struct ElementSize {
  std::string_view dtype;
  int64_t bytes;
};
constexpr std::array kElementSizes = {
    ElementSize{"U8", 1},      ElementSize{"I8", 1},      ElementSize{"BOOL", 1},
    ElementSize{"F8_E4M3", 1}, ElementSize{"F8_E5M2", 1}, ElementSize{"I16", 2},
    ElementSize{"U16", 2},     ElementSize{"F16", 2},     ElementSize{"BF16", 2},
    ElementSize{"I32", 4},     ElementSize{"U32", 4},     ElementSize{"F32", 4},
    ElementSize{"I64", 8},     ElementSize{"U64", 8},     ElementSize{"F64", 8}};

int64_t element_size(const std::string& dtype) {
  const auto* found = std::find_if(kElementSizes.begin(), kElementSizes.end(),
                                   [&](const ElementSize& size) { return size.dtype == dtype; });
  if (found == kElementSizes.end()) {
    throw Error("element type " + dtype + ", expected one of safetensors' (F32, I8 ...)");
  }
  return found->bytes;
}

/// Bytes of a tensor, or -1 if the shape is negative or absurd.
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

Json parse_header(std::string_view bytes, size_t& data_begin) {
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

/// A header's entry: a tensor without its bytes, and where they are.
struct Entry {
  std::string name;
  RawTensor tensor;
  std::vector<int64_t> offsets;  // begin, end
};

Entry read_entry(const std::string& name, const Json& entry) {
  return {.name = name,
          .tensor = {.dtype = entry.at("dtype").get<std::string>(),
                     .shape = integers_at<int64_t>(entry, "shape"),
                     .bytes = {}},
          .offsets = integers_at<int64_t>(entry, "data_offsets")};
}

/// The tensors of entries in the order of their offsets: back to back, and all that `data` holds.
std::vector<std::pair<std::string, RawTensor>> read_tensors(std::vector<Entry> entries,
                                                            std::string_view data) {
  std::ranges::stable_sort(entries, {}, &Entry::offsets);
  std::vector<std::pair<std::string, RawTensor>> tensors;
  int64_t begin = 0;
  for (Entry& entry : entries) {
    const int64_t size = byte_size(entry.tensor);
    const int64_t left = static_cast<int64_t>(data.size()) - begin;
    if (size < 0 || size > left || entry.offsets != std::vector{begin, begin + size}) {
      throw Error(entry.name + ": its offsets do not fit its shape, the tensor before it, or the " +
                  "file (" + std::to_string(data.size()) + " bytes of tensors)");
    }
    entry.tensor.bytes = data.substr(static_cast<size_t>(begin), static_cast<size_t>(size));
    begin += size;
    tensors.emplace_back(std::move(entry.name), std::move(entry.tensor));
  }
  if (begin != static_cast<int64_t>(data.size())) {
    throw Error(std::to_string(static_cast<int64_t>(data.size()) - begin) +
                " bytes left over behind the tensors");
  }
  return tensors;
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
  const Json header = parse_header(bytes, data_begin);
  Safetensors file;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    try {
      if (name == "__metadata__") {
        file.metadata = value.get<std::map<std::string, std::string>>();
      } else {
        entries.push_back(read_entry(name, value));
        static_cast<void>(element_size(entries.back().tensor.dtype));
      }
    } catch (const Error& error) {
      throw Error(name + ": " + error.what());
    } catch (const nlohmann::json::exception& error) {
      throw Error(name + ": its entry is not as expected: " + error.what());
    }
  }
  file.tensors = read_tensors(std::move(entries), bytes.substr(data_begin));
  return file;
}

}  // namespace floatsd
