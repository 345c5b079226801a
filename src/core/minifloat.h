#pragma once
// Minifloat: an 8-bit floating-point format of activations and gradients, and its rounding. Weights
// have codebooks instead (core/codebook.h).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace floatsd {

/// How a format rounds, and what lies below its smallest normal number.
enum class MinifloatRule {
  /// OCP FP8 (OFP8 1.0): half to even; field 0 holds subnormals and zero.
  kOcp,
  /// FP8 of the FloatSD work: half away from zero; every code has an implicit 1 but field 0 with
  /// fraction 0, which is zero. What rounds to at least half of 2^min_exponent() and less than
  /// smallest() becomes smallest(); anything less, 0.
  kImplicitOne,
};

/// What a value beyond the largest becomes.
enum class Overflow {
  kSaturate,  ///< the largest, with its sign
  kInfinite,  ///< what shows that it was too large: infinity, or NaN in E4M3, which has none
};

/// A sign, `exponent_bits` and `mantissa_bits`: (-1)^sign * 2^(field - bias) * (1 + fraction /
/// 2^mantissa_bits).
struct Minifloat {
  std::string name;  ///< as in configs: "fp8-e4m3"
  int exponent_bits = 0, mantissa_bits = 0;
  int bias = 0;
  MinifloatRule rule = MinifloatRule::kOcp;
  float largest = 0;

  /// Of the smallest normal number.
  [[nodiscard]] int min_exponent() const;
  /// The smallest positive value, a subnormal if there are any.
  [[nodiscard]] float smallest() const;
};

/// fp8-e4m3 and fp8-e5m2 (OCP), fp8-1-5-2 (bias 24, up to 224) and fp8-1-4-3 (bias 12, up to 15).
std::span<const Minifloat> minifloats();

/// The format of that name; valid for the life of the program. Throws Error with a suggestion.
const Minifloat& find_minifloat(std::string_view name);

/// The format's value for x. NaN stays NaN; a zero keeps its sign.
float round_to(const Minifloat& format, float x, Overflow overflow);

/// The same for many. `in` and `out` are equally long, and may be the same.
void round_to(const Minifloat& format, std::span<const float> in, std::span<float> out,
              Overflow overflow);

/// The code of round_to(x, kSaturate); of NaN, the format's first NaN. Throws Error on a NaN if
/// the format has none.
uint8_t encode(const Minifloat& format, float x);

/// The value of a code: NaN or infinity where an OCP format says so.
float decode(const Minifloat& format, uint8_t code);

}  // namespace floatsd
