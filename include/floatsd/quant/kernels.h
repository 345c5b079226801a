#pragma once
// The fused CPU kernels of quantized training: plain loops over memory, no tensors, compiled for
// several instruction sets of which one is picked at run time. Results depend neither on that nor
// on the number of threads. Each has its ATen reference in quant/reference.h.

#include <cstdint>
#include <span>

#include "floatsd/core/codebook.h"
#include "floatsd/core/requantize.h"

namespace floatsd::quant::kernels {

/// levels[i] = nearest_level(codebook, weights[i], scale), for one scale.
void nearest_levels(std::span<const float> weights, float scale, const Codebook& codebook,
                    std::span<float> levels);

/// An activation [N, C, ...] in memory: `batch` * `channels` planes of `plane` values each.
struct Planes {
  int64_t batch = 0, channels = 0, plane = 0;
  [[nodiscard]] int64_t size() const { return batch * channels * plane; }
};

/// codes = requantize(acc + bias[c], ...) - zero_point and mask (1 where the gradient passes).
/// Computed in double, where a product below 2^47 is exact.
template <typename Accumulator>
void output_codes(Planes shape, const Accumulator* accumulators, const Requantize& constants,
                  float* codes, uint8_t* mask);

/// accumulator_gradient = gradient * mask * multiplier[c]; bias_gradient[c] = the sum over n and
/// the plane of gradient * mask, added plane by plane in double, / output.scale.
void output_gradients(Planes shape, const float* gradient, const uint8_t* mask,
                      const Requantize& constants, float* accumulator_gradient,
                      float* bias_gradient);

/// Smallest and largest value of each channel.
template <typename Accumulator>
void channel_range(Planes shape, const Accumulator* values, float* min, float* max);

}  // namespace floatsd::quant::kernels
