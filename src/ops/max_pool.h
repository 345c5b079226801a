#pragma once
// Max pooling over channels-last activations: one byte an output to remember the winner, where
// ATen's keeps eight.

#include <ATen/core/Tensor.h>

namespace floatsd::ops {

/// [N, C, H, W] (float32 or float64) -> [N, C, H / window, W / window]: the largest value of each
/// window x window square, stride = window; a remainder at the border is dropped. The gradient goes
/// to the first of equal values, in row order. NaN wins. Requires 1 <= window <= 15.
/// Equal to at::max_pool2d, which serves float64.
at::Tensor max_pool(const at::Tensor& input, int window);

}  // namespace floatsd::ops
