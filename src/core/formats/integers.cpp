#include "core/formats/integers.h"

#include <cmath>
#include <limits>

namespace floatsd {

Codebook symmetric_int(int bits) {
  const int max = (1 << (bits - 1)) - 1;
  const int mask = (1 << bits) - 1;
  Codebook book{.name = "int" + std::to_string(bits), .bits = bits};
  for (int level = 0; level <= max; ++level) {
    book.magnitudes.push_back(level);
    book.positive_codes.push_back(static_cast<uint8_t>(level));
    book.negative_codes.push_back(static_cast<uint8_t>(-level & mask));
  }
  for (int level = 0; level < max; ++level) {
    const float tie = static_cast<float>(level) + 0.5F;  // an even level keeps its tie
    book.thresholds.push_back(
        level % 2 == 0 ? std::nextafter(tie, std::numeric_limits<float>::infinity()) : tie);
  }
  book.clip = static_cast<float>(max) + 0.5F;
  return book;
}

}  // namespace floatsd
