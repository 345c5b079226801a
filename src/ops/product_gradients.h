#pragma once
// Product gradients: those of a convolution by 1x1 kernels, as two products of matrices.

#include <ATen/core/Tensor.h>

#include <utility>

#include "integer/convolution.h"

namespace floatsd::ops {

/// Whether the shape has them, and they take less time than at::convolution_backward.
bool has_product_gradients(const integer::ConvolutionShape& shape);

/// {d x, d w} of the convolution of x [N, C, H, W] with w [O, C, 1, 1], given its output's
/// gradient; d x is undefined unless wanted. Requires has_product_gradients.
std::pair<at::Tensor, at::Tensor> product_gradients(const at::Tensor& gradient, const at::Tensor& x,
                                                    const at::Tensor& w, bool wants_x);

}  // namespace floatsd::ops
