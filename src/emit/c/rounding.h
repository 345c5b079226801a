#pragma once
// Rounding: the C that makes a code of a sum (docs/numerics.md), in shifts alone or with one
// multiplication, and never with a right shift of a negative number, which C leaves open.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "floatsd/core/fixed_point.h"
#include "operator.h"

namespace floatsd::emit::c {

/// kShift if every multiplier is 2^15 or 0, so that all that is left of it is a shift.
Rounding rounding_of(std::span<const FixedPoint> multipliers);

/// The shift of sum / 2^shift for a multiplier of 2^15 or 0; negative: to the left. 32 makes every
/// sum 0.
int shift_alone(const FixedPoint& multiplier);

/// The definition of `uint8_t code_by_shift(sum, shift, zero, lower)` or
/// `uint8_t code_by_multiplier(sum, multiplier, shift, zero, lower)`.
std::string rounding_function(Rounding rounding);

}  // namespace floatsd::emit::c
