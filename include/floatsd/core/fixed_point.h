#pragma once
// Requantization: how an integer accumulator becomes the next layer's 8-bit code.
// This is the one place where the multiplier and its rounding are defined (docs/numerics.md).

#include <cstdint>

#include "floatsd/core/qparams.h"

namespace floatsd {

/// A non-negative real number `multiplier * 2^-shift`.
/// Either 2^15 <= multiplier < 2^16 and 1 <= shift <= 47, or multiplier == 0 and shift == 1.
struct FixedPoint {
  int32_t multiplier = 0;
  int32_t shift = 1;

  bool operator==(const FixedPoint&) const = default;
};

/// The bound that every accumulator, with its bias, keeps: |acc + bias| < 2^31. With a 16-bit
/// multiplier the product then stays below 2^47: exact in int64 and in double.
inline constexpr int64_t kAccumulatorLimit = int64_t{1} << 31;

/// The nearest FixedPoint to `real` (ties to even), relative error at most 2^-16.
/// Requires 0 <= real < 2^14; throws Error otherwise (a layer's output scale is then absurdly
/// small). A `real` so small that every accumulator rounds to 0 (real < 2^-32) becomes zero.
FixedPoint to_fixed_point(double real);

/// floor(acc * multiplier / 2^shift + 1/2): rounds half up (towards plus infinity).
constexpr int64_t multiply_round(int64_t acc, FixedPoint by) {
  const int64_t half = int64_t{1} << (by.shift - 1);
  return (acc * by.multiplier + half) >> by.shift;
}

/// The output code: clamp(multiply_round(acc, by) + zero_point, lower, kMaxCode).
/// `acc` includes the bias. `lower` is kMinCode, or the zero point if a ReLU is fused.
constexpr int32_t requantize(int64_t acc, FixedPoint by, int32_t zero_point, int32_t lower) {
  const int64_t code = multiply_round(acc, by) + zero_point;
  return static_cast<int32_t>(code < lower ? lower : (code > kMaxCode ? kMaxCode : code));
}

}  // namespace floatsd
