#pragma once
// The fused CPU kernels of batch norm on accumulators: two passes forward, two backward, the mask
// of the gradient recomputed. As ops/kernels.h.

#include <cstdint>
#include <vector>

#include "ops/accumulators.h"
#include "ops/kernels.h"
#include "ops/range.h"

namespace floatsd::ops::kernels {

/// Of each channel, in one pass: the sum and the sum of squares in double (exact, in any order, for
/// integers below 2^24 while they stay below 2^53), the smallest and the largest value.
/// With shards: of all ranks' rows.
struct ChannelSums {
  std::vector<double> sum, square_sum;
  Range range;
};
ChannelSums channel_sums(const AccumulatorSource& accumulators);

/// y / output scale = value * gain[c] + offset[c], where a value is an accumulator or, in the
/// backward pass, a kept one.
struct NormalizedOutput {
  std::vector<float> gain, offset;
  QParams output;
  bool relu = false;  ///< codes end at the zero point, the gradient passes where y > 0
};

/// What the backward pass keeps of an accumulator: kept = floor((acc - center[c]) * scale[c] +
/// 1/2). Requires kept in 16 bits.
struct Keep {
  std::vector<float> center, scale;
};

/// With x = acc * gain[c] + offset[c], in float32: code = clamp(floor(x + 1/2) + zero_point, lower,
/// 255); and the kept accumulators.
void normalized_codes(const AccumulatorSource& accumulators, const NormalizedOutput& constants,
                      const Keep& keep, uint8_t* codes, int16_t* kept);

/// With passed = gradient where the code was not clamped (recomputed), else 0: for each channel the
/// sum of passed and the sum of passed * kept; with shards over all ranks' rows.
struct GradientSums {
  std::vector<double> passed, passed_kept;
};
GradientSums normalized_gradient_sums(Rows shape, const float* gradient, const int16_t* kept,
                                      const NormalizedOutput& constants,
                                      const Shards* shards = nullptr);

/// accumulator_gradient = scale[c] * passed - constant[c] - kept * slope[c].
struct NormalizedBackward {
  std::vector<float> scale, constant, slope;
};
void normalized_gradients(Rows shape, const float* gradient, const int16_t* kept,
                          const NormalizedOutput& constants, const NormalizedBackward& backward,
                          float* accumulator_gradient);

}  // namespace floatsd::ops::kernels
