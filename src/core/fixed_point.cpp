#include "floatsd/core/fixed_point.h"

#include <cmath>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd {

FixedPoint to_fixed_point(double real) {
  constexpr int kMultiplierBits = 16;
  if (!(real >= 0.0 && real < 0x1p14)) {
    throw Error("requantize: multiplier " + std::to_string(real) +
                ", expected 0 <= multiplier < 2^14");
  }
  if (real < 0x1p-32) {
    return {};
  }
  int exponent = 0;
  const double fraction = std::frexp(real, &exponent);  // real = fraction * 2^exponent, in [1/2, 1)
  auto multiplier = static_cast<int32_t>(std::nearbyint(std::ldexp(fraction, kMultiplierBits)));
  int32_t shift = kMultiplierBits - exponent;
  if (multiplier == 1 << kMultiplierBits) {  // rounded up to the next power of two
    multiplier >>= 1;
    --shift;
  }
  return {multiplier, shift};
}

}  // namespace floatsd
