#pragma once
// Codes: what the C reads packed weights with, and what the codes of a format hold.

#include <map>
#include <string>

#include "floatsd/core/codebook.h"

namespace floatsd::emit::c {

/// The loop over `count` codes from `codes` on, packed at so many bits; `body` is a statement with
/// $code in the place of a code.
std::string loop_over_codes(int bits, const std::string& body);

std::map<int, int> levels_by_code(const Codebook& codebook);

/// Whether codes are levels in two's complement.
bool holds_integers(const Codebook& codebook);

/// Whether codes are a sign above an exponent, all ones for 0.
bool holds_exponents(const Codebook& codebook);

}  // namespace floatsd::emit::c
