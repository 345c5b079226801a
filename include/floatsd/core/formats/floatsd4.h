#pragma once
// FloatSD4: every weight is zero or a signed power of two.

#include "floatsd/core/codebook.h"

namespace floatsd {

/// Levels {0, ±1, ±2, ±4 ... ±64}. Rounds in the log domain, e = round(log2 u): the boundaries are
/// geometric, u = 2^(k + 1/2); e < 0 is zero, e > 6 saturates. Gradient 1 for u < 2^6.5.
/// Stored as sign << 3 | e, with 7 for zero.
Codebook floatsd4();

}  // namespace floatsd
