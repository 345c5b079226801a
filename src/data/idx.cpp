#include "data/idx.h"

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/file.h"
#include "data/gzip.h"
#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

constexpr uint32_t kUnsignedBytes = 0x0800;

uint32_t big_endian(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (const char byte : bytes.substr(at, 4)) {
    value = value << 8 | static_cast<uint8_t>(byte);
  }
  return value;
}

std::string hexadecimal(uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

std::string shape(const std::vector<int64_t>& dims) {
  std::string text;
  for (const int64_t dim : dims) {
    text += (text.empty() ? "" : " x ") + std::to_string(dim);
  }
  return text;
}

/// The product of dimensions, each below 2^32; nothing if it exceeds `most`.
std::optional<int64_t> values_within(const std::vector<int64_t>& dims, int64_t most) {
  int64_t values = 1;
  for (const int64_t dim : dims) {
    if (dim > most / values) {
      return std::nullopt;
    }
    values *= dim;
  }
  return values;
}

}  // namespace

Idx read_idx(const std::filesystem::path& path, int rank, int64_t most) {
  const size_t header = 4 + 4 * static_cast<size_t>(rank);
  std::string packed = read_file(path, most_packed(header + static_cast<size_t>(most)));
  const std::string start = unpack_beginning(packed, header);
  const auto fail = [&](const std::string& what) { throw Error(path.string() + ": " + what); };
  if (start.size() < header) {
    const size_t found = unpack(std::move(packed), path.string(), header).size();
    fail(std::to_string(found) + " bytes, expected an IDX header of " + std::to_string(header));
  }
  const uint32_t magic = kUnsignedBytes | static_cast<uint32_t>(rank);
  if (big_endian(start, 0) != magic) {
    fail("begins with " + hexadecimal(big_endian(start, 0)) + ", expected " + hexadecimal(magic) +
         " (IDX, unsigned bytes, dimensions: " + std::to_string(rank) + ")");
  }
  Idx idx;
  for (size_t at = 4; at < header; at += 4) {
    idx.dims.push_back(big_endian(start, at));
    if (idx.dims.back() == 0) {
      fail("dimension " + std::to_string(idx.dims.size()) + " is 0, expected at least 1");
    }
  }
  const std::optional<int64_t> values = values_within(idx.dims, most);
  if (!values) {
    fail(shape(idx.dims) + " values, expected at most " + std::to_string(most));
  }
  const size_t expected = header + static_cast<size_t>(*values);
  const std::string content = unpack(std::move(packed), path.string(), expected + 1);
  if (content.size() != expected) {
    fail(std::to_string(content.size()) + " bytes, expected " + std::to_string(expected) + " for " +
         shape(idx.dims) + " values");
  }
  idx.values.assign(content.begin() + static_cast<std::ptrdiff_t>(header), content.end());
  return idx;
}

}  // namespace floatsd::data
