#pragma once
// The fused CPU kernels of quantized training: plain loops over memory, no tensors, compiled for
// several instruction sets of which one is picked at run time. Results depend neither on that nor
// on the number of threads. Each has its ATen reference in quant/reference.h.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/core/requantize.h"

namespace floatsd::quant::kernels {

/// {smallest, largest} of at least one value; both NaN where a value is not finite.
std::pair<float, float> extremes(std::span<const float> values);

/// levels[i] = nearest_level(codebook, weights[i], scale), for one scale.
void nearest_levels(std::span<const float> weights, float scale, const Codebook& codebook,
                    std::span<float> levels);

/// weight_gradient[i] = gradient[i] / scale where |weights[i]| / scale < clip, else 0.
void level_gradients(std::span<const float> weights, float scale, float clip,
                     std::span<const float> gradient, std::span<float> weight_gradient);

/// An activation in memory: `rows` (images and pixels) of `channels` values side by side. A
/// channels-last [N, C, H, W] has N * H * W rows, an [N, C] has N.
struct Rows {
  int64_t rows = 0, channels = 0;
};

/// codes = requantize(acc + bias[c], ...) - zero_point and mask (1 where the gradient passes).
/// Computed in double, where a product below 2^47 is exact.
template <typename Accumulator>
void output_codes(Rows shape, const Accumulator* accumulators, const Requantize& constants,
                  float* codes, uint8_t* mask);

/// accumulator_gradient = gradient * mask * multiplier[c]; bias_gradient[c] = the sum over rows of
/// gradient * mask, added in double, / output.scale.
void output_gradients(Rows shape, const float* gradient, const uint8_t* mask,
                      const Requantize& constants, float* accumulator_gradient,
                      float* bias_gradient);

/// Smallest and largest value of each channel; infinite (+ and -) where there are no rows.
template <typename Accumulator>
void channel_range(Rows shape, const Accumulator* values, float* min, float* max);

/// Of each channel, in one pass: the sum and the sum of squares in double (exact, in any order, for
/// integers below 2^24 while they stay below 2^53), the smallest and the largest value.
struct ChannelSums {
  std::vector<double> sum, square_sum;
  std::vector<float> min, max;
};
ChannelSums channel_sums(Rows shape, const float* values);

/// A batch norm's output codes: x = acc * gain[c] + offset[c],
/// code = clamp(floor(x + 1/2) + zero_point, lower, 255) - zero_point, in float32.
struct NormalizedOutput {
  std::vector<float> gain, offset;
  QParams output;
  bool relu = false;  ///< codes end at the zero point, the gradient passes where x > 0
};
void normalized_codes(Rows shape, const float* accumulators, const NormalizedOutput& constants,
                      float* codes);

/// With passed = gradient where the code was not clamped (recomputed), else 0, and
/// normalized = (acc - mean[c]) * inverse_deviation[c]: for each channel the sum of passed and the
/// sum of passed * normalized.
struct NormalizedInput {
  std::vector<float> mean, inverse_deviation;
};
struct GradientSums {
  std::vector<double> passed, passed_normalized;
};
GradientSums normalized_gradient_sums(Rows shape, const float* gradient, const float* accumulators,
                                      const NormalizedOutput& constants,
                                      const NormalizedInput& input);

/// accumulator_gradient = scale[c] * (passed - mean_passed[c] - normalized *
/// mean_passed_normalized[c]).
struct NormalizedBackward {
  std::vector<float> scale, mean_passed, mean_passed_normalized;
};
void normalized_gradients(Rows shape, const float* gradient, const float* accumulators,
                          const NormalizedOutput& constants, const NormalizedInput& input,
                          const NormalizedBackward& backward, float* accumulator_gradient);

/// The codes of a sum, less their zero point, and the mask of its gradient:
/// code = clamp(floor((m0 a + m1 b) / 2^shift + 1/2) + zero_point, lower, 255). Computed in double,
/// exactly.
void added_codes(std::span<const float> a, std::span<const float> b, const AddRequantize& constants,
                 float* codes, uint8_t* mask);

}  // namespace floatsd::quant::kernels
