#pragma once
// The gradients of a depthwise convolution on codes: input and levels in one pass over the output's
// gradient, a few channels of an image at a time, so that what is read nine times stays in the
// cache.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

#include "integer/convolution.h"

namespace floatsd::ops {

/// Whether it is there: 3x3 kernels with a padding of 1, at any stride.
bool has_depthwise_gradients(const integer::ConvolutionShape& shape);

/// {d codes, d levels} of a depthwise convolution of codes (uint8 [N, C, H, W], channels-last) less
/// their zero point with levels (float32 [C, 1, 3, 3]), given its output's gradient. Float32; the
/// same whatever the number of threads. The reference is at::convolution_backward.
std::pair<at::Tensor, at::Tensor> depthwise_gradients(const integer::ConvolutionShape& shape,
                                                      const at::Tensor& gradient,
                                                      const at::Tensor& codes, int32_t zero_point,
                                                      const at::Tensor& levels);

}  // namespace floatsd::ops
