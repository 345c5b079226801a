#pragma once
// Accumulate: a layer's convolution or product on integers.

#include <ATen/core/Tensor.h>

#include "floatsd/nn/layer.h"

namespace floatsd::nn {

/// layer.apply(input.values, levels) in `type`, float32 or float64. Its gradients, float32, are
/// those of apply; for them the input is kept as bytes, a quarter of what autograd would keep. The
/// layer must live until the backward pass is done. On the CPU.
at::Tensor accumulate(const Layer& layer, const Signal& input, const at::Tensor& levels,
                      at::ScalarType type);

}  // namespace floatsd::nn
