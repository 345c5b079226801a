#pragma once
// INT8: the symmetric signed integers that other frameworks call qint8, without -128.

#include "floatsd/core/codebook.h"

namespace floatsd {

/// Levels -127..127, rounded to nearest, ties to even. Gradient 1 where the rounded, unclamped
/// integer lies in -127..127. Stored in two's complement.
Codebook int8();

}  // namespace floatsd
