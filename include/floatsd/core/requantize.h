#pragma once
// Requantize: what turns a layer's accumulators into its output codes, and how its numbers follow
// from the scales. The one home of both formulas; the training graph and the integer network use
// the same numbers (docs/numerics.md).

#include <cstdint>
#include <span>
#include <vector>

#include "floatsd/core/fixed_point.h"
#include "floatsd/core/qparams.h"

namespace floatsd {

/// One bias and one multiplier for each output channel c:
/// code = requantize(acc + bias[c], multipliers[c], output.zero_point, lower_code()).
struct Requantize {
  std::vector<int32_t> bias;            ///< in units of input scale * weight scale
  std::vector<FixedPoint> multipliers;  ///< input scale * weight scale / output scale
  QParams output;
  bool relu = false;  ///< codes end at the zero point instead of at 0

  [[nodiscard]] int32_t lower_code() const { return relu ? output.zero_point : kMinCode; }
  bool operator==(const Requantize&) const = default;
};

/// The scale that a channel's weights need at the least so that its bias fits 2^30 units of
/// input_scale * weight scale: |bias| / (input_scale * 2^30). It matters for channels whose weights
/// are (almost) all zero.
float smallest_weight_scale(float bias, float input_scale);

/// bias[c] = rne(bias[c] / (input_scale * weight_scale[c])), computed in double;
/// multipliers[c] = to_fixed_point(input_scale * weight_scale[c] / output.scale).
/// `weight_scales` has one entry, or one for each bias. Requires |bias| < 2^31 in those units
/// (smallest_weight_scale) and multipliers < 2^14; throws Error with the channel otherwise.
Requantize choose_requantize(std::span<const float> bias, float input_scale,
                             std::span<const float> weight_scales, QParams output);

}  // namespace floatsd
