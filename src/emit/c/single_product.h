#pragma once
// Single product: the C that multiplies an input value and one weight without a multiplication.

#include <string>

#include "floatsd/core/codebook.h"
#include "floatsd/emit/c_source.h"

namespace floatsd::emit::c {

/// The definition of product_FORMAT(code, x), and of what it needs: a shift of a magnitude if all
/// levels are powers of two, else an addition for each bit of the level that is set.
std::string single_product(const Codebook& codebook, const std::string& format);

/// The bytes of the table of levels in that definition; 0 if it has none.
int64_t product_table_bytes(const Codebook& codebook);

/// What that function takes for the largest level.
COperations product_operations(const Codebook& codebook);

}  // namespace floatsd::emit::c
