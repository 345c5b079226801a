#pragma once
// Rounding: the C that makes a code of a sum (docs/numerics.md), in shifts alone or with one
// multiplication, and never with a right shift of a negative number, which C leaves open.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "emit/c/operator.h"
#include "floatsd/core/fixed_point.h"

namespace floatsd::emit::c {

/// kShift if every multiplier is 2^15 or 0, so that all that is left of it is a shift.
Rounding rounding_of(std::span<const FixedPoint> multipliers);

/// The shift of sum / 2^shift for a multiplier of 2^15 or 0; negative: to the left. 32 makes every
/// sum 0.
int shift_alone(const FixedPoint& multiplier);

/// The definition of `uint8_t code_by_shift(sum, shift, zero, lower, upper)` or
/// `uint8_t code_by_multiplier(sum, multiplier, shift, zero, lower, upper)`.
std::string rounding_function(Rounding rounding);

/// What either function takes.
COperations rounding_operations(Rounding rounding);

/// The C expression of a code from 0 to 255 of `sum`, in C as are `multiplier`, which is not needed
/// for kShift, and `shift`; or with the numbers of `by`.
std::string code_of(const std::string& sum, Rounding rounding, const std::string& multiplier,
                    const std::string& shift, int32_t zero_point);
std::string code_of(const std::string& sum, const FixedPoint& by, int32_t zero_point);

/// The definitions of the constants ID_shifts and, for kMultiply, ID_multipliers.
std::string fixed_points(std::span<const FixedPoint> by, const std::string& id, Rounding rounding);

/// The bytes that each of them takes there.
int64_t fixed_point_bytes(Rounding rounding);

}  // namespace floatsd::emit::c
