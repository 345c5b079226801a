#pragma once
// FloatSD4 and its like: every weight is zero or a signed power of two.

#include "floatsd/core/codebook.h"

namespace floatsd {

/// Levels {0, ±1, ±2, ±4 ... ±64}. Rounds in the log domain, e = round(log2 u): the boundaries are
/// geometric, u = 2^(k + 1/2); e < 0 is zero, e > 6 saturates. Gradient 1 for u < 2^6.5.
/// Stored as sign << 3 | e, with 7 for zero.
Codebook floatsd4();

/// The same levels and codes, with boundaries at 3/2 * 2^k, k >= -1 (zero below 3/4); a tie goes
/// up. Gradient 1 for u < 96.
Codebook floatsd4_arithmetic();

/// The same levels and codes, each u to the level next to it (zero below 1/2); a tie goes up.
/// Gradient 1 for u < 96.
Codebook floatsd4_nearest();

/// Levels {0, ±1 ... ±32}, what one group of three signed digits and a 2-bit exponent can be, as
/// floatsd4_nearest otherwise: FloatSD4 of the single-trigger trainer. Gradient 1 for u < 48.
Codebook floatsd4_13();

/// Levels {0, ±1, ±2, ±4} and {0, ±1 ... ±16384}: FloatSD4 with one exponent bit less and one more.
/// Stored as sign << 2 | e with 3 for zero, and sign << 4 | e with 15 for zero.
Codebook sd3();
Codebook sd5();

/// Levels {0, ±1, ±2 ... ±128}: incremental network quantization (Zhou et al. 2017) at 5 bits, each
/// u to the level next to it, a tie down. Gradient 1 for u < 192. Stored as sign << 4 | e with 15
/// for zero.
Codebook inq5();

}  // namespace floatsd
