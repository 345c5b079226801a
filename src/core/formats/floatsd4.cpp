#include "floatsd/core/formats/floatsd4.h"

#include <cmath>

namespace floatsd {

Codebook floatsd4() {
  constexpr int kMaxExponent = 6;
  constexpr uint8_t kZeroExponent = 7;
  constexpr uint8_t kSign = 8;
  Codebook book{.name = "floatsd4", .bits = 4};
  book.magnitudes = {0};
  book.positive_codes = {kZeroExponent};
  book.negative_codes = {kSign | kZeroExponent};
  for (int e = 0; e <= kMaxExponent; ++e) {
    book.magnitudes.push_back(1 << e);
    book.thresholds.push_back(static_cast<float>(std::exp2(e - 0.5)));
    book.positive_codes.push_back(static_cast<uint8_t>(e));
    book.negative_codes.push_back(static_cast<uint8_t>(kSign | e));
  }
  book.clip = static_cast<float>(std::exp2(kMaxExponent + 0.5));
  return book;
}

}  // namespace floatsd
