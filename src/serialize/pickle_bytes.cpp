#include "pickle_bytes.h"

#include <algorithm>
#include <bit>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd::serialize {

std::string_view PickleBytes::take(size_t size) {
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

int64_t PickleBytes::take_long() {
  const size_t size = take_number(1);
  if (size > 8) {
    throw Error("an integer has " + std::to_string(size) + " bytes, expected at most 8");
  }
  const int unused = 64 - 8 * static_cast<int>(size);
  return size == 0 ? 0 : static_cast<int64_t>(take_number(size) << unused) >> unused;
}

double PickleBytes::take_double() {
  uint64_t bits = 0;
  for (const char c : take(8)) {
    bits = bits << 8 | static_cast<uint8_t>(c);
  }
  return std::bit_cast<double>(bits);
}

}  // namespace floatsd::serialize
