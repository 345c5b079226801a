#pragma once
// Formats that are a list of magnitudes with a sign each: rounded to the nearest, stored as
// sign << (bits - 1) | index in the list.

#include <string>
#include <vector>

#include "floatsd/core/codebook.h"

namespace floatsd {

/// Levels ±magnitudes. A tie goes to the even index (for floating-point formats that is round half
/// to even). Gradient 1 up to half a step, the last one, beyond the largest. Requires magnitudes
/// that ascend from 0, at most 2^(bits - 1) of them, below 2^15.
Codebook signed_magnitudes(std::string name, int bits, std::vector<int> magnitudes);

/// FloatSD8: m * 2^E, E from 0 to 2^exponent_bits - 1, m = first * 2^s + second, where each group
/// is 0 or ± a power of two below 2^digits and s the second group's digits. Named by exponent bits
/// and digits: floatsd8-e3g32 (129 levels), floatsd8-e2g33 (99), floatsd8-e3g23 (129).
Codebook floatsd8_e3g32();
Codebook floatsd8_e2g33();
Codebook floatsd8_e3g23();

/// Additive powers of two (Li et al. 2020): apot4 = sums of {0, 1/2, 1/4, 1/16} and {0, 1/8} (15
/// levels), apot5 = {0, 1/2, 1/8, 1/32} and {0, 1/4, 1/16, 1/64} (31), apot6 = {0, 1/2, 1/8, 1/64},
/// {0, 1/4, 1/16, 1/128} and {0, 1/32} (63); as integers of their smallest unit.
Codebook apot4();
Codebook apot5();
Codebook apot6();

/// The OCP microscaling element formats FP4 E2M1, FP6 E2M3 and E3M2, all of whose values are
/// finite; as integers of the smallest subnormal.
Codebook fp4_e2m1();
Codebook fp6_e2m3();
Codebook fp6_e3m2();

}  // namespace floatsd
