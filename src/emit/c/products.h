#pragma once
// Products: the C that adds up weight times activation at one kernel position, without
// multiplications.

#include <string>
#include <vector>

#include "floatsd/core/codebook.h"
#include "weight_order.h"

namespace floatsd::emit::c {

/// The functions of one kernel position for weights of one format.
struct TapFunction {
  std::string name;                    ///< of the function that a layer names
  std::vector<std::string> functions;  ///< definitions, callees first
};

/// `format` is the format's name as C has it. The function is one of four:
/// - rows of few outputs, depthwise layers among them, make each product by itself: one shift if
///   all levels are powers of two, else shifts and additions by the bits of the level;
/// - longer rows first make the products of an input value and every level of the format, by
///   additions, and then look up one for each weight: 2^bits of them, or for integers of more than
///   4 bits two times 16, for the lower and the upper half of a weight. That is the faster way from
///   about 4 outputs on, and an input value that stands for 0 skips its whole row.
TapFunction tap_function(const Codebook& codebook, const std::string& format,
                         const WeightRows& rows);

}  // namespace floatsd::emit::c
