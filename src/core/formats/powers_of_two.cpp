#include "core/formats/powers_of_two.h"

#include <cmath>
#include <limits>
#include <string>

namespace floatsd {
namespace {

/// Levels 0 and ±2^0..2^max_exponent; `bits` holds a sign and an exponent, all ones for zero.
/// `boundary` is the smallest u / 2^k that rounds to 2^(k + 1), `first` the smallest u that rounds
/// to 1.
Codebook powers_of_two(std::string name, int bits, int max_exponent, float boundary, float first) {
  const int sign = 1 << (bits - 1);
  const int zero = sign - 1;
  Codebook book{.name = std::move(name), .bits = bits};
  book.magnitudes = {0};
  book.thresholds = {first};
  book.positive_codes = {static_cast<uint8_t>(zero)};
  book.negative_codes = {static_cast<uint8_t>(sign | zero)};
  for (int e = 0; e <= max_exponent; ++e) {
    book.magnitudes.push_back(1 << e);
    book.positive_codes.push_back(static_cast<uint8_t>(e));
    book.negative_codes.push_back(static_cast<uint8_t>(sign | e));
    book.thresholds.push_back(std::ldexp(boundary, e));
  }
  book.clip = book.thresholds.back();  // where 2^(max_exponent + 1) would begin
  book.thresholds.pop_back();
  return book;
}

Codebook logarithmic(std::string name, int bits, int max_exponent) {
  return powers_of_two(std::move(name), bits, max_exponent, static_cast<float>(std::exp2(0.5)),
                       static_cast<float>(std::exp2(-0.5)));
}

}  // namespace

Codebook floatsd4() { return logarithmic("floatsd4", 4, 6); }
Codebook sd3() { return logarithmic("sd3", 3, 2); }
Codebook sd5() { return logarithmic("sd5", 5, 14); }

Codebook floatsd4_arithmetic() { return powers_of_two("floatsd4-arithmetic", 4, 6, 1.5F, 0.75F); }
Codebook floatsd4_nearest() { return powers_of_two("floatsd4-nearest", 4, 6, 1.5F, 0.5F); }
Codebook floatsd4_13() { return powers_of_two("floatsd4-13", 4, 5, 1.5F, 0.5F); }

Codebook inq5() {
  Codebook book = powers_of_two("inq5", 5, 7, 1.5F, 0.5F);
  for (float& threshold : book.thresholds) {  // the lower candidate keeps a tie
    threshold = std::nextafter(threshold, std::numeric_limits<float>::infinity());
  }
  return book;
}

}  // namespace floatsd
