#include "ops/product.h"

#include <ATen/ATen.h>

#include "ops/product_gradients.h"

namespace floatsd::ops {
namespace {

std::vector<int64_t> pair(const Extent& extent) { return {extent.height, extent.width}; }

/// Whether ATen's convolutions have the padding: the same before and behind.
bool is_even(const Padding& padding) {
  return padding.top == padding.bottom && padding.left == padding.right;
}

/// Zeros around x that ATen's convolution is to do without; columns first, as ATen counts.
at::Tensor padded(const at::Tensor& x, const Padding& padding) {
  return is_even(padding)
             ? x
             : at::constant_pad_nd(x, {padding.left, padding.right, padding.top, padding.bottom});
}

std::vector<int64_t> even_part(const Padding& padding) {
  return is_even(padding) ? std::vector<int64_t>{padding.top, padding.left}
                          : std::vector<int64_t>{0, 0};
}

}  // namespace

integer::ConvolutionShape Product::integer_shape(at::IntArrayRef sizes) const {
  if (is_linear) {
    return {.channels = in_channels, .out_channels = out_channels};
  }
  return {.height = sizes[2],
          .width = sizes[3],
          .channels = in_channels,
          .out_channels = out_channels,
          .window = window,
          .groups = groups};
}

std::vector<int64_t> Product::numbers() const {
  const auto& [size, stride, padding, dilation, ceil_mode] = window;
  return {in_channels, out_channels,  groups,         is_linear ? 1 : 0, size.height,
          size.width,  stride.height, stride.width,   dilation.height,   dilation.width,
          padding.top, padding.left,  padding.bottom, padding.right};
}

Product Product::from_numbers(const std::vector<int64_t>& numbers) {
  const auto at = [&](size_t i) { return static_cast<int>(numbers[i]); };
  return {.in_channels = numbers[0],
          .out_channels = numbers[1],
          .window = {.size = {at(4), at(5)},
                     .stride = {at(6), at(7)},
                     .padding = {at(10), at(11), at(12), at(13)},
                     .dilation = {at(8), at(9)}},
          .groups = numbers[2],
          .is_linear = numbers[3] != 0};
}

at::Tensor apply(const Product& product, const at::Tensor& x, const at::Tensor& w) {
  if (product.is_linear) {
    return at::linear(x.flatten(1), w);
  }
  const auto& [size, stride, padding, dilation, ceil_mode] = product.window;
  return at::conv2d(padded(x, padding), w, /*bias=*/{}, pair(stride), even_part(padding),
                    pair(dilation), product.groups);
}

std::pair<at::Tensor, at::Tensor> apply_backward(const Product& product, const at::Tensor& gradient,
                                                 const at::Tensor& x, const at::Tensor& w,
                                                 bool wants_x) {
  if (product.is_linear) {
    return {wants_x ? gradient.mm(w).view(x.sizes()) : at::Tensor(), gradient.t().mm(x.flatten(1))};
  }
  if (has_product_gradients(product.integer_shape(x.sizes()))) {
    return product_gradients(gradient, x, w, wants_x);
  }
  const auto& [size, stride, padding, dilation, ceil_mode] = product.window;
  const auto gradients = at::convolution_backward(
      gradient, padded(x, padding), w, /*bias_sizes=*/std::nullopt, pair(stride),
      even_part(padding), pair(dilation), /*transposed=*/false, /*output_padding=*/{0, 0},
      product.groups, /*output_mask=*/{wants_x, true, false});
  const at::Tensor d_x = std::get<0>(gradients);
  if (!wants_x || is_even(padding)) {
    return {d_x, std::get<1>(gradients)};
  }
  return {d_x.slice(2, padding.top, padding.top + x.size(2))
              .slice(3, padding.left, padding.left + x.size(3)),
          std::get<1>(gradients)};
}

}  // namespace floatsd::ops
