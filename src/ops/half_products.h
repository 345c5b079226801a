#pragma once
// Half products: matrix products whose sums are float16, as an accumulator of 16 bits makes them.

#include <bit>
#include <cstdint>

namespace floatsd::ops {

/// The nearest float16, ties to even, as a float; infinity from 65520 on.
inline float to_half(float x) {
  constexpr uint32_t kSign = 0x80000000, kInfinity = 0x7F800000;
  constexpr uint32_t kDropped = 13;              // mantissa bits that float32 has more
  constexpr uint32_t kTooLarge = 0x47800000;     // 2^16
  constexpr uint32_t kFirstNormal = 0x38800000;  // 2^-14
  constexpr float kSubnormalStep = 0.5F;         // of floats from here to 1 the step is 2^-24
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t sign = bits & kSign;
  const uint32_t magnitude = bits & ~kSign;
  const uint32_t half_step = (1U << (kDropped - 1)) - 1 + ((magnitude >> kDropped) & 1);
  const uint32_t nearest = (magnitude + half_step) & ~((1U << kDropped) - 1);
  const uint32_t normal = nearest >= kTooLarge ? kInfinity : nearest;
  const float subnormal = (std::bit_cast<float>(magnitude) + kSubnormalStep) - kSubnormalStep;
  const uint32_t rounded = magnitude < kFirstNormal ? std::bit_cast<uint32_t>(subnormal) : normal;
  const uint32_t result = magnitude > kInfinity ? magnitude : rounded;  // NaN stays
  return std::bit_cast<float>(sign | result);
}

/// out[m][n] = the sum of a[m][k] * b[k][n] over k = 0, 1, ..., rounded to float16 after each
/// addition. a is [rows][depth], b [depth][columns], out [rows][columns].
void half_products(const float* a, const float* b, float* out, int64_t rows, int64_t depth,
                   int64_t columns);

/// into[i * stride] = to_half(into[i * stride] + from[i]), i < count.
void add_halves(const float* from, float* into, int64_t count, int64_t stride);

}  // namespace floatsd::ops
