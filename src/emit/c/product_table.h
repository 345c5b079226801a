#pragma once
// Product table: the C that adds an input value's products with a long row of weights, which it
// makes first, for all levels of the format, and then looks up.

#include <string>

#include "floatsd/core/codebook.h"
#include "floatsd/emit/c_source.h"

namespace floatsd::emit::c {

/// The definition of add_row_FORMAT(sums, codes, count, x): sums[o] += x * level of codes[o]. The
/// table has 2^bits products, or for integers of more than 4 bits two times 16 or fewer: of the
/// lower four bits and of the upper ones. Both are made by additions.
std::string row_by_table(const Codebook& codebook, const std::string& format);

/// What its table takes, and what each weight of the row.
COperations table_operations(const Codebook& codebook);
COperations lookup_operations(const Codebook& codebook);

}  // namespace floatsd::emit::c
