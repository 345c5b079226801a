#include "floatsd/data/idx.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "floatsd/core/error.h"
#include "floatsd/data/gzip.h"

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

/// What a file of these dimensions should weigh, in words where int64 cannot hold it.
std::string expected_size(int64_t header, const std::vector<int64_t>& dims) {
  int64_t size = 1;
  for (const int64_t dim : dims) {
    if (__builtin_mul_overflow(size, dim, &size)) {
      return "more than 2^63";
    }
  }
  return __builtin_add_overflow(size, header, &size) ? "more than 2^63" : std::to_string(size);
}

}  // namespace

Idx read_idx(const std::filesystem::path& path, int rank) {
  const std::string bytes = read_unpacked(path);
  const auto fail = [&](const std::string& what) { throw Error(path.string() + ": " + what); };
  const size_t header = 4 + 4 * static_cast<size_t>(rank);
  if (bytes.size() < header) {
    fail(std::to_string(bytes.size()) + " bytes, expected an IDX header of " +
         std::to_string(header));
  }
  const uint32_t magic = kUnsignedBytes | static_cast<uint32_t>(rank);
  if (big_endian(bytes, 0) != magic) {
    fail("begins with " + hexadecimal(big_endian(bytes, 0)) + ", expected " + hexadecimal(magic) +
         " (IDX, unsigned bytes, dimensions: " + std::to_string(rank) + ")");
  }
  Idx idx;
  for (size_t at = 4; at < header; at += 4) {
    idx.dims.push_back(big_endian(bytes, at));
    if (idx.dims.back() == 0) {
      fail("dimension " + std::to_string(idx.dims.size()) + " is 0, expected at least 1");
    }
  }
  const std::string expected = expected_size(static_cast<int64_t>(header), idx.dims);
  if (std::to_string(bytes.size()) != expected) {
    fail(std::to_string(bytes.size()) + " bytes, expected " + expected + " for " + shape(idx.dims) +
         " values");
  }
  idx.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end());
  return idx;
}

}  // namespace floatsd::data
