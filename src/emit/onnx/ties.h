#pragma once
// Ties: sums in the middle between two codes. The integer network rounds them up, ONNX's
// QuantizeLinear to the even code. A style of floats makes them round up by numbers a little larger
// than the integer network's.

#include <span>

#include "emit/onnx/operators.h"
#include "floatsd/core/fixed_point.h"

namespace floatsd::emit::onnx {

enum class Ties {
  kRare,
  kAboveZero,  ///< of sums that are not negative, or whose negative ones do not count
  kAnywhere,
};

/// What factor makes ties above 0 round up: one that no code of other sums feels, as the largest is
/// 255.
constexpr double kRaisingFactor = 1 + 0x1p-20;
/// What makes all ties round up if it is added, in units of a code.
constexpr double kRaisingStep = 0x1p-12;

/// Whether integers of an operator, times that number, lie in the middle between two codes often
/// enough to matter.
bool has_ties(const FixedPoint& number);

/// The number itself.
double real(const FixedPoint& number);

/// Of a layer's sums; of the sum of two inputs; of an operator that multiplies the codes of its
/// inputs, less their zero points, or sums of them.
Ties ties(const Requantize& requantize);
Ties ties(const Site& site, const AddRequantize& requantize);
Ties ties(const Site& site, std::span<const FixedPoint> multipliers);

/// kRaisingFactor for ties above 0, else 1.
double raising_factor(Ties ties);

}  // namespace floatsd::emit::onnx
