#include "floatsd/core/formats/int8.h"

#include <cmath>
#include <limits>

namespace floatsd {

Codebook int8() {
  constexpr int kMax = 127;
  Codebook book{.name = "int8", .bits = 8};
  for (int level = 0; level <= kMax; ++level) {
    book.magnitudes.push_back(level);
    book.positive_codes.push_back(static_cast<uint8_t>(level));
    book.negative_codes.push_back(static_cast<uint8_t>(-level));
  }
  for (int level = 0; level < kMax; ++level) {
    const float tie = static_cast<float>(level) + 0.5F;  // an even level keeps its tie
    book.thresholds.push_back(
        level % 2 == 0 ? std::nextafter(tie, std::numeric_limits<float>::infinity()) : tie);
  }
  book.clip = kMax + 0.5F;
  return book;
}

}  // namespace floatsd
