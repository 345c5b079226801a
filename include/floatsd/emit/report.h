#pragma once
// Report: what a model file holds, layer by layer, as plain numbers. The parameter checker.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::emit {

struct LayerReport {
  std::string name;
  std::string kind;    ///< "conv2d", "linear"
  std::string format;  ///< of the weights
  Granularity granularity = Granularity::kPerTensor;
  std::vector<int64_t> shape;                   ///< of the weights
  int bits = 0;                                 ///< of a stored weight
  std::map<int, int64_t> histogram;             ///< weights of each level that is used
  int format_levels = 0;                        ///< levels that the format has
  int partial_products = 0;                     ///< of a multiplication, at the worst level used
  float smallest_scale = 0, largest_scale = 0;  ///< of the weights
  QParams output;
  int64_t weight_bytes = 0;       ///< packed
  int64_t other_bytes = 0;        ///< bias, multipliers and shifts, weight scales
  int64_t accumulator_bound = 0;  ///< the largest |acc + bias|
};

/// One entry an operator. Requires a valid program.
std::vector<LayerReport> report(const runtime::Program& program);

}  // namespace floatsd::emit
