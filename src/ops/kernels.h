#pragma once
// The fused CPU kernels of quantized training: plain loops over memory, no tensors, compiled for
// several instruction sets of which one is picked at run time. Results depend neither on that nor
// on the number of threads. Each has its ATen reference in tests/ops/reference.h.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/core/requantize.h"

namespace floatsd::ops {
class Shards;
}

namespace floatsd::ops::kernels {

/// {smallest, largest} of at least one value; both NaN if a value is not finite.
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
/// gradient * mask, added in double, / output.scale; over the rows of all shards if there are any.
void output_gradients(Rows shape, const float* gradient, const uint8_t* mask,
                      const Requantize& constants, float* accumulator_gradient,
                      float* bias_gradient, const Shards* shards = nullptr);

/// Smallest and largest value of each channel; infinite (+ and -) if there are no rows.
template <typename Accumulator>
void channel_range(Rows shape, const Accumulator* values, float* min, float* max);

/// The codes of a sum, less their zero point, and the mask of its gradient:
/// code = clamp(floor((m0 a + m1 b) / 2^shift + 1/2) + zero_point, lower, 255). Computed in double,
/// exactly.
void added_codes(std::span<const float> a, std::span<const float> b, const AddRequantize& constants,
                 float* codes, uint8_t* mask);

/// Smallest and largest a[i] * scale_a + b[i] * scale_b, of at least one value.
std::pair<float, float> sum_extremes(std::span<const float> a, std::span<const float> b,
                                     float scale_a, float scale_b);

/// The gradients of both terms: gradient * mask * ratio, in float32.
void added_gradients(std::span<const float> gradient, const uint8_t* mask, float ratio_a,
                     float ratio_b, float* a_gradient, float* b_gradient);

/// bytes[i] = codes[i] + zero_point: codes less their zero point as what they are, 0..255.
void to_bytes(std::span<const float> codes, int32_t zero_point, uint8_t* bytes);
/// And back: codes[i] = bytes[i] - zero_point.
void from_bytes(std::span<const uint8_t> bytes, int32_t zero_point, float* codes);

}  // namespace floatsd::ops::kernels
