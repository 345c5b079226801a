#pragma once
// Tap function: the C that adds what one kernel position (a tap) brings to the sums of a layer,
// without multiplications.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "emit/c/weight_order.h"
#include "floatsd/core/codebook.h"
#include "floatsd/emit/c_source.h"

namespace floatsd::emit::c {

/// The functions of one kernel position for weights of one format.
struct TapFunction {
  std::string name;                            ///< of the function that a layer names
  std::vector<std::string> functions;          ///< definitions, callees first
  COperations operations;                      ///< of one kernel position in the image
  std::map<std::string, int64_t> tables = {};  ///< their bytes, by their names
};

/// `format` is the format's name as C has it. Depthwise layers, and others of few outputs a group,
/// make each product by itself (single_product.h). Longer rows look their products up
/// (product_table.h), which is the faster way from about 4 outputs on, and an input value that
/// stands for 0 skips its whole row.
TapFunction tap_function(const Codebook& codebook, const std::string& format,
                         const WeightRows& rows);

}  // namespace floatsd::emit::c
