#include "core/npy_header.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "floatsd/core/error.h"

namespace floatsd {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

/// What stands behind `key` in the header, a Python dict: {'descr': '<f4', ...}.
std::string_view behind(std::string_view header, std::string_view key) {
  const size_t at = header.find(key);
  if (at == std::string_view::npos) {
    throw Error("its header has no " + std::string(key));
  }
  std::string_view rest = header.substr(at + key.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(": "), rest.size()));
  return rest;
}

/// A tuple of numbers: (16, 1, 5, 5), (3,) or ().
std::vector<int64_t> shape_of(std::string_view header) {
  std::string_view text = behind(header, "'shape'");
  const size_t end_of_tuple = text.find(')');
  if (!text.starts_with('(') || end_of_tuple == std::string_view::npos ||
      text.substr(1, end_of_tuple - 1).find_first_not_of("0123456789, L") !=
          std::string_view::npos) {
    throw Error("its header has a shape that is no tuple of numbers");
  }
  text = text.substr(1, end_of_tuple - 1);
  std::vector<int64_t> shape;
  while (true) {
    text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
    if (text.empty()) {
      return shape;
    }
    int64_t extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc()) {
      throw Error("its header has a shape beyond 64 bits");
    }
    shape.push_back(extent);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
}

uint32_t little_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) {
    value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  }
  return value;
}

}  // namespace

int64_t NpyHeader::values() const {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) {
    return 0;
  }
  int64_t values = 1;
  for (const int64_t extent : shape) {
    if (extent > std::numeric_limits<int64_t>::max() / values) {
      return -1;
    }
    values *= extent;
  }
  return values;
}

NpyHeader parse_npy_header(std::string_view bytes) {
  constexpr size_t kVersionAt = 6;
  constexpr size_t kLengthAt = 8;
  if (!bytes.starts_with(kMagic) || bytes.size() <= kLengthAt) {
    throw Error("is no NumPy array");
  }
  const auto version = static_cast<uint8_t>(bytes[kVersionAt]);
  if (version < 1 || version > 3) {
    throw Error("is a NumPy array of version " + std::to_string(version) + ", expected 1 to 3");
  }
  const size_t length_bytes = version == 1 ? 2 : 4;
  const size_t begin = kLengthAt + length_bytes;
  if (bytes.size() < begin) {
    throw Error("is cut off in its header");
  }
  const size_t length = little_endian(bytes.substr(kLengthAt, length_bytes));
  if (length > bytes.size() - begin) {
    throw Error("is cut off in its header");
  }
  const std::string_view header = bytes.substr(begin, length);
  std::string_view type = behind(header, "'descr'");
  type = type.starts_with('\'') ? type.substr(1, type.find('\'', 1) - 1) : "records";
  return {.type = std::string(type),
          .shape = shape_of(header),
          .is_fortran = behind(header, "'fortran_order'").starts_with("True"),
          .begin = begin + length};
}

}  // namespace floatsd
