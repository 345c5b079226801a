#include "ops/product_gradients.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace floatsd::ops {
namespace {

/// From about this many channels on either side products take less time, with AVX2
/// (docs/performance.md).
constexpr int64_t kProductFrom = 32;

/// [N, C, H, W] as [N * H * W, C].
at::Tensor pixel_rows(const at::Tensor& t) {
  return t.permute({0, 2, 3, 1}).reshape({-1, t.size(1)});
}

}  // namespace

bool has_product_gradients(const integer::ConvolutionShape& shape) {
  return shape.window == Window{} && shape.groups == 1 &&
         std::min(shape.channels, shape.out_channels) >= kProductFrom;
}

std::pair<at::Tensor, at::Tensor> product_gradients(const at::Tensor& gradient, const at::Tensor& x,
                                                    const at::Tensor& w, bool wants_x) {
  const at::Tensor g = pixel_rows(gradient);
  const at::Tensor pixels = pixel_rows(x);
  at::Tensor x_gradient;
  if (wants_x) {
    x_gradient =
        g.mm(w.flatten(1)).view({x.size(0), x.size(2), x.size(3), x.size(1)}).permute({0, 3, 1, 2});
  }
  // The product is faster with more rows than columns.
  const at::Tensor w_gradient =
      w.size(0) >= w.size(1) ? g.t().mm(pixels) : pixels.t().mm(g).t().contiguous();
  return {x_gradient, w_gradient.view(w.sizes())};
}

}  // namespace floatsd::ops
