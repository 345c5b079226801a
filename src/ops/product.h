#pragma once
// Product: a convolution or a matrix product without its weights, as a small value that an
// operator's gradient may keep.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "floatsd/core/window.h"
#include "integer/convolution.h"

namespace floatsd::ops {

struct Product {
  int64_t in_channels = 1, out_channels = 1;
  Window window;
  int64_t groups = 1;
  bool is_linear = false;  ///< x [N, ...] flattened in C, H, W order times w [O, I]

  /// As an integer convolution of inputs of those sizes, [N, C, H, W] or [N, ...].
  [[nodiscard]] integer::ConvolutionShape integer_shape(at::IntArrayRef sizes) const;

  /// As a list of numbers, and back.
  [[nodiscard]] std::vector<int64_t> numbers() const;
  static Product from_numbers(const std::vector<int64_t>& numbers);
};

/// x [N, C, H, W] by w [O, C / groups, Kh, Kw], without bias.
at::Tensor apply(const Product& product, const at::Tensor& x, const at::Tensor& w);

/// The gradients {d x, d w} of apply(product, x, w), given its output's; d x is undefined unless
/// wanted.
std::pair<at::Tensor, at::Tensor> apply_backward(const Product& product, const at::Tensor& gradient,
                                                 const at::Tensor& x, const at::Tensor& w,
                                                 bool wants_x);

}  // namespace floatsd::ops
