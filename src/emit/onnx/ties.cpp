#include "emit/onnx/ties.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace floatsd::emit::onnx {
namespace {

bool any_has_ties(std::span<const FixedPoint> numbers) {
  return std::any_of(numbers.begin(), numbers.end(), has_ties);
}

/// Of inputs whose codes stand for no negative number nothing negative comes.
bool reads_no_negative(const Site& site) {
  for (size_t i = 0; i < site.inputs.size(); ++i) {
    if (site.input_qparams(i).zero_point != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

// n * multiplier * 2^-shift is a code and a half if n is an odd multiple of 2^(shift - 1 - zeros),
// zeros being the multiplier's zero bits at the end: often means one of 2^kOftenBits integers.
bool has_ties(const FixedPoint& number) {
  constexpr int kOftenBits = 12;
  return number.multiplier != 0 &&
         number.shift - std::countr_zero(static_cast<uint32_t>(number.multiplier)) <= kOftenBits;
}

double real(const FixedPoint& number) { return std::ldexp(number.multiplier, -number.shift); }

Ties ties(const Requantize& requantize) {
  if (!any_has_ties(requantize.multipliers)) {
    return Ties::kRare;
  }
  return requantize.relu ? Ties::kAboveZero : Ties::kAnywhere;
}

Ties ties(const Site& site, const AddRequantize& requantize) {
  const auto& [first, second] = requantize.multipliers;
  const FixedPoint common = {first | second, requantize.shift};  // it ends in as many zero bits
  if (!has_ties(common)) {
    return Ties::kRare;
  }
  return requantize.relu || reads_no_negative(site) ? Ties::kAboveZero : Ties::kAnywhere;
}

Ties ties(const Site& site, std::span<const FixedPoint> multipliers) {
  if (!any_has_ties(multipliers)) {
    return Ties::kRare;
  }
  return reads_no_negative(site) ? Ties::kAboveZero : Ties::kAnywhere;
}

double raising_factor(Ties ties) { return ties == Ties::kAboveZero ? kRaisingFactor : 1; }

}  // namespace floatsd::emit::onnx
