#pragma once
// Single product: the C that multiplies an input value and one weight without a multiplication.

#include <string>

#include "floatsd/core/codebook.h"

namespace floatsd::emit::c {

/// The definition of product_FORMAT(code, x), and of what it needs: a shift of a magnitude if all
/// levels are powers of two, else an addition for each bit of the level that is set.
std::string single_product(const Codebook& codebook, const std::string& format);

}  // namespace floatsd::emit::c
