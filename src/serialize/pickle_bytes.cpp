#include "serialize/pickle_bytes.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd::serialize {

std::string_view PickleBytes::take(uint64_t size) {
  if (size > rest_.size()) {
    throw Error("pickle ends early");
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::string_view PickleBytes::take_line() {
  const std::string_view line = take(std::min(rest_.find('\n'), rest_.size()));
  take(1);
  return line;
}

uint64_t PickleBytes::take_number(size_t size) {
  uint64_t value = 0;
  int shift = 0;
  for (const char c : take(size)) {
    value |= uint64_t{static_cast<uint8_t>(c)} << shift;
    shift += 8;
  }
  return value;
}

std::optional<int64_t> PickleBytes::take_long(uint64_t size) {
  if (size > 8) {
    take(size);
    return std::nullopt;
  }
  const int unused = 64 - 8 * static_cast<int>(size);
  return size == 0 ? 0 : static_cast<int64_t>(take_number(size) << unused) >> unused;
}

std::optional<int64_t> PickleBytes::take_decimal() {
  std::string_view line = take_line();
  if (line.ends_with('L')) {
    line.remove_suffix(1);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error == std::errc::result_out_of_range) {
    return std::nullopt;
  }
  if (error != std::errc() || end != line.data() + line.size()) {
    throw Error("pickle has '" + std::string(line.substr(0, 20)) +
                "' where an integer was expected");
  }
  return value;
}

double PickleBytes::take_double() {
  uint64_t bits = 0;
  for (const char c : take(8)) {
    bits = bits << 8 | static_cast<uint8_t>(c);
  }
  return std::bit_cast<double>(bits);
}

}  // namespace floatsd::serialize
