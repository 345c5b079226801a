#include "core/formats/signed_magnitudes.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <set>

namespace floatsd {
namespace {

/// 0 and ± the powers of two below 2^digits: what one group of signed digits can be.
std::vector<int> digit_group(int digits) {
  std::vector<int> values = {0};
  for (int d = 0; d < digits; ++d) {
    values.push_back(1 << d);
    values.push_back(-(1 << d));
  }
  return values;
}

Codebook floatsd8(std::string name, int exponent_bits, int first_digits, int second_digits) {
  std::set<int> magnitudes;
  for (const int first : digit_group(first_digits)) {
    for (const int second : digit_group(second_digits)) {
      for (int e = 0; e < 1 << exponent_bits; ++e) {
        magnitudes.insert(std::abs((first * (1 << second_digits)) + second) << e);
      }
    }
  }
  return signed_magnitudes(std::move(name), 8, {magnitudes.begin(), magnitudes.end()});
}

/// Every sum of one term from each set.
Codebook additive(std::string name, int bits, const std::vector<std::vector<int>>& sets) {
  std::set<int> sums = {0};
  for (const std::vector<int>& terms : sets) {
    std::set<int> next;
    for (const int sum : sums) {
      for (const int term : terms) {
        next.insert(sum + term);
      }
    }
    sums = next;
  }
  return signed_magnitudes(std::move(name), bits, {sums.begin(), sums.end()});
}

/// With subnormals, without infinities: fraction for exponent field 0, else (2^m + fraction) *
/// 2^(field - 1).
Codebook minifloat(std::string name, int exponent_bits, int mantissa_bits) {
  const int ones = 1 << mantissa_bits;
  std::vector<int> magnitudes;
  for (int field = 0; field < 1 << exponent_bits; ++field) {
    for (int fraction = 0; fraction < ones; ++fraction) {
      magnitudes.push_back(field == 0 ? fraction : (ones + fraction) << (field - 1));
    }
  }
  return signed_magnitudes(std::move(name), 1 + exponent_bits + mantissa_bits, magnitudes);
}

}  // namespace

Codebook signed_magnitudes(std::string name, int bits, std::vector<int> magnitudes) {
  const int sign = 1 << (bits - 1);
  Codebook book{.name = std::move(name), .bits = bits, .magnitudes = std::move(magnitudes)};
  const std::vector<int>& m = book.magnitudes;
  for (size_t i = 0; i < m.size(); ++i) {
    book.positive_codes.push_back(static_cast<uint8_t>(i));
    book.negative_codes.push_back(static_cast<uint8_t>(sign | static_cast<int>(i)));
    if (i > 0) {
      const float tie = 0.5F * static_cast<float>(m[i - 1] + m[i]);
      book.thresholds.push_back(
          i % 2 == 0 ? tie : std::nextafter(tie, std::numeric_limits<float>::infinity()));
    }
  }
  const size_t last = m.size() - 1;
  book.clip = static_cast<float>(m[last]) + 0.5F * static_cast<float>(m[last] - m[last - 1]);
  return book;
}

Codebook floatsd8_e3g32() { return floatsd8("floatsd8-e3g32", 3, 3, 2); }
Codebook floatsd8_e2g33() { return floatsd8("floatsd8-e2g33", 2, 3, 3); }
Codebook floatsd8_e3g23() { return floatsd8("floatsd8-e3g23", 3, 2, 3); }

// In units of 1/16, 1/64 and 1/128.
Codebook apot4() { return additive("apot4", 4, {{0, 8, 4, 1}, {0, 2}}); }
Codebook apot5() { return additive("apot5", 5, {{0, 32, 8, 2}, {0, 16, 4, 1}}); }
Codebook apot6() { return additive("apot6", 6, {{0, 64, 16, 2}, {0, 32, 8, 1}, {0, 4}}); }

Codebook fp4_e2m1() { return minifloat("fp4-e2m1", 2, 1); }
Codebook fp6_e2m3() { return minifloat("fp6-e2m3", 2, 3); }
Codebook fp6_e3m2() { return minifloat("fp6-e3m2", 3, 2); }

}  // namespace floatsd
