#pragma once
// Fake quantization, on codes: what quantized training computes in the forward pass, with
// straight-through gradients. Tensors hold integers in float32; the scales stay beside them.
//
// Each function runs a fused kernel (ops/kernels.h); activations lie channels-last.

#include <ATen/core/Tensor.h>

#include <array>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/core/requantize.h"
#include "ops/range.h"
#include "ops/shards.h"

namespace floatsd::ops {

/// The nearest levels of weights [O, ...] at `scales` (one for the tensor, or O).
/// Forward: nearest_level(w / scale), as float32. Backward: grad / scale where |w| / scale <
/// codebook.clip, else 0.
///
/// `learned`, where it is defined, is the parameter that the scales were taken from, of as many
/// entries. Over each entry's n weights it gets
///
///     step^-1.5 / sqrt(n max_level) * sum of grad / scale * (level - u)
///
/// with u = w / scale if |w| / scale < codebook.clip, else 0: the sum is the gradient of level *
/// scale, straight through the rounding. `step` is the mean distance of neighbouring levels, 1 for
/// integers. Source: Esser et al. 2020 (LSQ), sections 2.1 and 2.2, for t = scale * step, whose
/// gradient they multiply by 1 / sqrt(n max_level / step); scale moves by 1 / step of what t does.
/// (The paper takes u as 0 from the largest level on, which for integers is half a step before
/// clip.)
at::Tensor quantize_weights(const at::Tensor& weights, const std::vector<float>& scales,
                            const Codebook& codebook, const at::Tensor& learned = {});

/// A layer's output codes less their zero point, from its accumulators [N, C, ...] (integers in
/// float32 or float64). Forward: requantize(acc + constants.bias[c], ...) - zero_point. Backward:
/// for the accumulators grad * multiplier[c], for `bias` ([C], the float parameter that
/// constants.bias was rounded from) the sum of grad / output.scale; both 0 if the code was
/// clamped at 255, or at 0, or (with a ReLU) acc + bias <= 0. The sum is over all ranks' outputs if
/// there are shards of the images N.
at::Tensor quantize_outputs(const at::Tensor& accumulators, const at::Tensor& bias,
                            const Requantize& constants, const ShardsPtr& shards = {});

/// The codes of a + b less their zero point, from codes less theirs: two tensors of one shape.
/// Forward: clamp(floor((m0 a + m1 b) / 2^shift + 1/2) + zero_point, lower, 255) - zero_point.
/// Backward: for input i grad * m_i / 2^shift, 0 if the code was clamped or (with a ReLU) the
/// sum is not positive.
at::Tensor quantize_sum(const at::Tensor& a, const at::Tensor& b, const AddRequantize& constants);

/// Smallest and largest real value of the sum, a * scales[0] + b * scales[1].
Range sum_range(const at::Tensor& a, const at::Tensor& b, std::array<float, 2> scales);

/// Smallest and largest accumulator of each channel c of [N, C, ...].
Range channel_range(const at::Tensor& accumulators);

}  // namespace floatsd::ops
