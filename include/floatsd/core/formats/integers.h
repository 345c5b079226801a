#pragma once
// INT8 and INT4: the symmetric signed integers, without the most negative one. INT8 is what other
// frameworks call qint8.

#include "floatsd/core/codebook.h"

namespace floatsd {

/// Levels -127..127, rounded to nearest, ties to even. Gradient 1 where the rounded, unclamped
/// integer lies in -127..127. Stored in two's complement.
Codebook int8();

/// Levels -7..7, as int8 otherwise; the two's complement is 4 bits.
Codebook int4();

}  // namespace floatsd
