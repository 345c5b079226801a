#pragma once
// Requantize: what turns accumulators into output codes, and how its numbers follow from the
// scales: for layers with weights, for the sum of two tensors, for averages. The one home of these
// formulas; the training graph and the integer network use the same numbers (docs/numerics.md).

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "floatsd/core/fixed_point.h"
#include "floatsd/core/qparams.h"

namespace floatsd {

/// One bias and one multiplier for each output channel c:
/// code = min(requantize(acc + bias[c], multipliers[c], output.zero_point, lower_code()), upper).
struct Requantize {
  std::vector<int32_t> bias;            ///< in units of input scale * weight scale
  std::vector<FixedPoint> multipliers;  ///< input scale * weight scale / output scale
  QParams output;
  bool relu = false;         ///< codes end at the zero point instead of at 0
  int32_t upper = kMaxCode;  ///< and at this code, below 255 if a ReLU6 ends there

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

/// The sum of two tensors of codes a and b with zero points za and zb:
/// code = add_codes(a - za, b - zb, this). The two terms have one shift, so that there is one
/// rounding.
struct AddRequantize {
  std::array<int32_t, 2> multipliers = {};  ///< input scale / output scale * 2^shift, below 2^16
  int32_t shift = 1;                        ///< 1 to 47
  QParams output;
  bool relu = false;         ///< codes end at the zero point instead of at 0
  int32_t upper = kMaxCode;  ///< and at this code, below 255 if a ReLU6 ends there

  [[nodiscard]] constexpr int32_t lower_code() const { return relu ? output.zero_point : kMinCode; }
  bool operator==(const AddRequantize&) const = default;
};

/// clamp(floor((m0 * a + m1 * b) / 2^shift + 1/2) + output.zero_point, lower_code(), upper),
/// where a and b are codes less their zero points. The sum before the shift stays below 2^25.
constexpr int32_t add_codes(int32_t a, int32_t b, const AddRequantize& by) {
  const int64_t sum = int64_t{by.multipliers[0]} * a + int64_t{by.multipliers[1]} * b;
  const int32_t code = requantize(sum, {1, by.shift}, by.output.zero_point, by.lower_code());
  return code < by.upper ? code : by.upper;
}

/// shift = that of to_fixed_point(r), r the larger of input_scales[i] / output.scale;
/// multipliers[i] = rne(input_scales[i] / output.scale * 2^shift), computed in double. So the
/// larger multiplier is in 2^15..2^16 - 1, and the smaller one as exact as its unit allows.
/// Requires r < 2^14, throws Error otherwise.
AddRequantize choose_add_requantize(std::array<float, 2> input_scales, QParams output);

/// The multiplier of a mean over `pixels` codes: to_fixed_point(input_scale / (pixels *
/// output_scale)), computed in double. Requires pixels >= 1; throws as to_fixed_point.
FixedPoint average_multiplier(float input_scale, int64_t pixels, float output_scale);

/// The code at which codes of those qparams reach `real`, at most kMaxCode:
/// rne(real / scale) + zero_point, computed in double. Requires real >= 0.
int32_t upper_code(double real, QParams qparams);

}  // namespace floatsd
