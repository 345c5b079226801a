#pragma once
// Single product: the C that multiplies an input value and one weight without a multiplication.

#include <string>

#include "floatsd/core/codebook.h"
#include "floatsd/emit/c_source.h"

namespace floatsd::emit::c {

/// The definition of product_FORMAT(code, x), and of what it needs: a shift of a magnitude if all
/// levels are powers of two, else an addition for each bit of the level that is set.
std::string single_product(const Codebook& codebook, const std::string& format);

/// What that function takes for the largest level.
COperations product_operations(const Codebook& codebook);

}  // namespace floatsd::emit::c
