#include "floatsd/core/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "floatsd/core/error.h"
#include "floatsd/core/json.h"

namespace floatsd {
namespace {

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

/// A tensor as the header describes it.
struct Entry {
  std::string name;
  RawTensor tensor;
  int64_t begin = -1, end = -1;  ///< of its bytes; -1 where the header does not say
};

Entry read_entry(const std::string& name, const ordered_json& json) {
  Entry entry{.name = name,
              .tensor = {.dtype = json.at("dtype").get<std::string>(),
                         .shape = integers_at<int64_t>(json, "shape"),
                         .bytes = {}}};
  const auto offsets = integers_at<int64_t>(json, "data_offsets");
  if (offsets.size() == 2) {
    entry.begin = offsets[0];
    entry.end = offsets[1];
  }
  return entry;
}

/// The entries in the order of their bytes; as they stand if those are not back to back.
std::vector<Entry*> in_order_of_bytes(std::vector<Entry>& entries) {
  std::vector<Entry*> as_they_stand;
  for (Entry& entry : entries) {
    as_they_stand.push_back(&entry);
  }
  std::vector<Entry*> sorted = as_they_stand;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->begin != sorted[i - 1]->end) {
      return as_they_stand;
    }
  }
  return sorted;
}

void take_bytes(std::vector<Entry>& entries, std::string_view data) {
  int64_t begin = 0;
  for (Entry* entry : in_order_of_bytes(entries)) {
    try {
      const int64_t size = byte_size(entry->tensor);
      if (size < 0 || entry->begin != begin || entry->end != begin + size ||
          entry->end > static_cast<int64_t>(data.size())) {
        throw Error("its offsets do not fit its shape, the tensor before it, or the file (" +
                    std::to_string(data.size()) + " bytes of tensors)");
      }
      entry->tensor.bytes =
          std::string(data.substr(static_cast<size_t>(begin), static_cast<size_t>(size)));
    } catch (const Error& error) {
      throw Error(entry->name + ": " + error.what());
    }
    begin = entry->end;
  }
  if (begin != static_cast<int64_t>(data.size())) {
    throw Error(std::to_string(static_cast<int64_t>(data.size()) - begin) +
                " bytes left over behind the tensors");
  }
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
  Safetensors file;
  std::vector<Entry> entries;
  for (const auto& [name, json] : header.items()) {
    try {
      if (name == "__metadata__") {
        file.metadata = json.get<std::map<std::string, std::string>>();
      } else {
        entries.push_back(read_entry(name, json));
      }
    } catch (const Error& error) {
      throw Error(name + ": " + error.what());
    } catch (const nlohmann::json::exception& error) {
      throw Error(name + ": its entry is not as expected: " + error.what());
    }
  }
  take_bytes(entries, bytes.substr(data_begin));
  for (Entry& entry : entries) {
    file.tensors.emplace_back(std::move(entry.name), std::move(entry.tensor));
  }
  return file;
}

}  // namespace floatsd
