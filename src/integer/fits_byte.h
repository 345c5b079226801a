#pragma once
// Whether a level can be multiplied as a byte.

#include <cstdint>
#include <limits>

namespace floatsd::integer {

constexpr bool fits_byte(int16_t level) {
  constexpr int kLargest = std::numeric_limits<int8_t>::max();
  return level >= -kLargest && level <= kLargest;
}

}  // namespace floatsd::integer
