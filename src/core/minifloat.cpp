#include "core/minifloat.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "core/names.h"
#include "floatsd/core/error.h"

namespace floatsd {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

bool has_infinity(const Minifloat& format) {
  return format.rule == MinifloatRule::kOcp && format.exponent_bits == 5;
}

/// What one value needs of its format.
struct Rounding {
  explicit Rounding(const Minifloat& format, Overflow overflow)
      : implicit_one(format.rule == MinifloatRule::kImplicitOne),
        mantissa_bits(format.mantissa_bits),
        // A format with subnormals rounds all of them to one step; without, what matters ends a
        // binade below the smallest normal number.
        lowest_exponent(format.min_exponent() - (implicit_one ? 2 : 0)),
        smallest(format.smallest()),
        kept(std::ldexp(0.5F, format.min_exponent())),
        largest(format.largest),
        beyond(overflow == Overflow::kSaturate                               ? format.largest
               : format.rule == MinifloatRule::kOcp && !has_infinity(format) ? kNaN
                                                                             : kInfinity) {}

  [[nodiscard]] float operator()(float x) const {
    constexpr int kFloatMantissa = 23;
    constexpr int kFloatBias = 127;
    constexpr float kNoFraction = 0x1.8p23F;  // a sum with it is a whole number, half to even
    const float magnitude = std::fabs(x);
    const auto field = static_cast<int>(std::bit_cast<uint32_t>(magnitude) >> kFloatMantissa);
    const int exponent = std::max(field - kFloatBias, lowest_exponent);
    const float steps = magnitude * power_of_two(mantissa_bits - exponent);
    const float whole =
        implicit_one ? std::floor(steps + 0.5F) : (steps + kNoFraction) - kNoFraction;
    float rounded = whole * power_of_two(exponent - mantissa_bits);
    if (implicit_one && rounded < smallest) {
      rounded = rounded >= kept ? smallest : 0;
    }
    if (rounded > largest) {
      rounded = beyond;
    }
    return std::copysign(rounded, x);
  }

  /// 2^exponent of a normal number.
  static float power_of_two(int exponent) {
    return std::bit_cast<float>(static_cast<uint32_t>(exponent + 127) << 23U);
  }

  bool implicit_one;
  int mantissa_bits, lowest_exponent;
  float smallest, kept, largest, beyond;
};

}  // namespace

int Minifloat::min_exponent() const {
  return rule == MinifloatRule::kOcp ? 1 - bias : -bias;  // field 0 is the subnormals'
}

float Minifloat::smallest() const {
  const float step = std::ldexp(1.0F, min_exponent() - mantissa_bits);
  return rule == MinifloatRule::kOcp ? step : std::ldexp(1.0F, min_exponent()) + step;
}

std::span<const Minifloat> minifloats() {
  static const std::array<Minifloat, 4> all = {{
      {"fp8-e4m3", 4, 3, 7, MinifloatRule::kOcp, 448},
      {"fp8-e5m2", 5, 2, 15, MinifloatRule::kOcp, 57344},
      {"fp8-1-5-2", 5, 2, 24, MinifloatRule::kImplicitOne, 224},
      {"fp8-1-4-3", 4, 3, 12, MinifloatRule::kImplicitOne, 15},
  }};
  return all;
}

const Minifloat& find_minifloat(std::string_view name) {
  return find_entry("signal format", name, minifloats());
}

float round_to(const Minifloat& format, float x, Overflow overflow) {
  return Rounding(format, overflow)(x);
}

void round_to(const Minifloat& format, std::span<const float> in, std::span<float> out,
              Overflow overflow) {
  const Rounding rounding(format, overflow);
  for (size_t i = 0; i < in.size(); ++i) {
    out[i] = rounding(in[i]);
  }
}

uint8_t encode(const Minifloat& format, float x) {
  const unsigned sign = std::signbit(x) ? 0x80 : 0;
  if (std::isnan(x)) {
    if (format.rule == MinifloatRule::kImplicitOne) {
      throw Error(format.name + ": there is no code for NaN");
    }
    return static_cast<uint8_t>(sign | (has_infinity(format) ? 0x7D : 0x7F));
  }
  const float magnitude = std::fabs(round_to(format, x, Overflow::kSaturate));
  if (magnitude == 0) {
    return static_cast<uint8_t>(sign);
  }
  // Codes of one sign ascend with their values, one step of the last bit at a time.
  const int exponent = std::max(std::ilogb(magnitude), format.min_exponent());
  const auto steps =
      static_cast<int>(std::ldexp(magnitude, format.mantissa_bits - exponent));  // exact
  const int first_field = exponent - format.min_exponent();  // of 2^exponent, less its leading 1
  const int below = format.rule == MinifloatRule::kImplicitOne ? 1 << format.mantissa_bits : 0;
  return static_cast<uint8_t>(
      sign | static_cast<unsigned>((first_field << format.mantissa_bits) + steps - below));
}

float decode(const Minifloat& format, uint8_t code) {
  const int ones = 1 << format.mantissa_bits;
  const int field = (code & 0x7F) >> format.mantissa_bits;
  const int fraction = code & (ones - 1);
  const bool subnormal = format.rule == MinifloatRule::kOcp && field == 0;
  float magnitude =
      std::ldexp(static_cast<float>(subnormal ? fraction : ones + fraction),
                 (subnormal ? format.min_exponent() : field - format.bias) - format.mantissa_bits);
  if (magnitude > format.largest) {
    magnitude = has_infinity(format) && fraction == 0 ? kInfinity : kNaN;
  }
  if (format.rule == MinifloatRule::kImplicitOne && field == 0 && fraction == 0) {
    magnitude = 0;
  }
  return (code & 0x80) != 0 ? -magnitude : magnitude;
}

}  // namespace floatsd
