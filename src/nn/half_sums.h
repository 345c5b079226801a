#pragma once
// Half sums: a layer's convolution or product as a machine computes it whose accumulators are
// float16.

#include <ATen/core/Tensor.h>

#include "floatsd/nn/layer.h"

namespace floatsd::nn {

/// layer.apply(x, w), each product float32, each sum rounded to float16 after every addition, from
/// 0 on, in this order:
///
///     output       over a weight row: input channel, kernel row, kernel column
///     gradient x   over output channels, and then over kernel rows and columns
///     gradient w   over an image's output pixels; images are added in float32
///
/// Too large a sum is infinite. The layer must live until the backward pass is done.
at::Tensor apply_half_sums(const Layer& layer, const at::Tensor& x, const at::Tensor& w);

}  // namespace floatsd::nn
