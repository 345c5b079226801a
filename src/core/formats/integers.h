#pragma once
// INT2 to INT8: the symmetric signed integers, without the most negative one. INT8 is what other
// frameworks call qint8.

#include "floatsd/core/codebook.h"

namespace floatsd {

/// "int" and the number of bits, 2 to 8: levels -max..max, max = 2^(bits - 1) - 1, rounded to
/// nearest, ties to even. Gradient 1 where the rounded, unclamped integer is a level. Stored in
/// two's complement.
Codebook symmetric_int(int bits);

}  // namespace floatsd
