#pragma once
// Report: what a model file holds, layer by layer, as plain numbers. The parameter checker.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::emit {

struct WeightReport {
  std::string format;
  Granularity granularity = Granularity::kPerTensor;
  std::vector<int64_t> shape;
  int bits = 0;                                 ///< of a stored weight
  std::map<int, int64_t> histogram;             ///< weights of each level that is used
  int format_levels = 0;                        ///< levels that the format has
  int partial_products = 0;                     ///< of a multiplication, at the worst level used
  float smallest_scale = 0, largest_scale = 0;  ///< of the weights
  int64_t bytes = 0;                            ///< packed
};

struct LayerReport {
  std::string name;
  std::string kind;                     ///< runtime::kind
  std::optional<WeightReport> weights;  ///< of conv2d and linear
  QParams output;
  int64_t other_bytes = 0;        ///< bias, multipliers and shifts, weight scales
  int64_t accumulator_bound = 0;  ///< runtime::accumulator_bounds
  /// How many multiplications an image's requantization takes: one for each output code, two for a
  /// sum's; none if the multiplier is 0 or a power of two, which is a shift.
  int64_t multiplications = 0;

  /// True if the accumulator may leave the integers that float32 holds exactly: bound >= 2^24.
  [[nodiscard]] bool beyond_float32() const { return accumulator_bound >= int64_t{1} << 24; }
};

/// One entry an operator. Requires a valid program.
std::vector<LayerReport> report(const runtime::Program& program);

/// Of a whole network.
struct Totals {
  int64_t weights = 0;
  int64_t bytes = 0;            ///< packed weights, the layers' other bytes, the input table
  int64_t multiplications = 0;  ///< of an image's requantization
};

/// `layers` is the program's report.
Totals totals(const runtime::Program& program, const std::vector<LayerReport>& layers);

}  // namespace floatsd::emit
