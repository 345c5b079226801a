#include "ops/half_sums.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "ops/by_shard.h"
#include "ops/half_products.h"
#include "ops/held.h"
#include "ops/product.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A product on one batch; that of matrices has kernels, images and outputs of one pixel.
struct Shape : integer::ConvolutionShape {
  int64_t images = 0;

  [[nodiscard]] int64_t outputs() const { return out_channels / groups; }  ///< of a group
};

Shape shape_of(const Product& product, const at::Tensor& x) {
  return {product.integer_shape(x.sizes()), x.size(0)};
}

/// What each output pixel sees of its group: [images, groups, pixels, row].
at::Tensor rows_of(const Shape& shape, const at::Tensor& x) {
  const auto& [size, stride, padding, dilation, ceil_mode] = shape.window;
  const at::Tensor images = at::constant_pad_nd(
      x.reshape({shape.images, shape.channels, shape.height, shape.width}).contiguous(),
      {padding.left, padding.right, padding.top, padding.bottom});
  const at::Tensor columns =
      at::im2col(images, {size.height, size.width}, {dilation.height, dilation.width},
                 /*padding=*/{0, 0}, {stride.height, stride.width});
  return columns.view({shape.images, shape.groups, shape.row(), shape.out_pixels()})
      .transpose(2, 3)
      .contiguous();
}

/// The gradient of the outputs as [images, groups, pixels, outputs].
at::Tensor pixels_first(const Shape& shape, const at::Tensor& gradient) {
  return gradient.reshape({shape.images, shape.groups, shape.outputs(), shape.out_pixels()})
      .transpose(2, 3)
      .contiguous();
}

/// a [images, groups, M, K] times b [groups, K, N].
at::Tensor half_product(const at::Tensor& a, const at::Tensor& b) {
  const int64_t groups = a.size(1);
  const int64_t rows = a.size(2);
  const int64_t depth = a.size(3);
  const int64_t columns = b.size(2);
  at::Tensor out = at::empty({a.size(0), groups, rows, columns});
  const auto* left = a.const_data_ptr<float>();
  const auto* right = b.const_data_ptr<float>();
  auto* sums = out.mutable_data_ptr<float>();
  at::parallel_for(0, a.size(0) * groups, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      half_products(left + i * rows * depth, right + i % groups * depth * columns,
                    sums + i * rows * columns, rows, depth, columns);
    }
  });
  return out;
}

/// [groups, outputs, row]
at::Tensor grouped(const Shape& shape, const at::Tensor& w) {
  return w.contiguous().reshape({shape.groups, shape.outputs(), shape.row()});
}

at::Tensor input_gradient(const Shape& shape, const at::Tensor& gradient, const at::Tensor& w) {
  const at::Tensor rows = half_product(pixels_first(shape, gradient), grouped(shape, w))
                              .transpose(2, 3)
                              .contiguous();  // [images, groups, row, pixels]
  at::Tensor x = at::zeros({shape.images, shape.channels, shape.height, shape.width});
  const auto* from = rows.const_data_ptr<float>();
  auto* into = x.mutable_data_ptr<float>();
  const auto& window = shape.window;
  const int64_t taps = int64_t{window.size.height} * window.size.width;
  at::parallel_for(0, shape.images * shape.channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      for (int64_t tap = 0; tap < taps; ++tap) {
        const int64_t down = tap / window.size.width * window.dilation.height - window.padding.top;
        const int64_t right = tap % window.size.width * window.dilation.width - window.padding.left;
        // Those output columns whose tap lies in the image.
        const int64_t first =
            right < 0 ? (-right + window.stride.width - 1) / window.stride.width : 0;
        const int64_t last =
            right < shape.width
                ? std::min(shape.out_width() - 1, (shape.width - 1 - right) / window.stride.width)
                : -1;
        for (int64_t out_y = 0; out_y < shape.out_height() && first <= last; ++out_y) {
          const int64_t y = out_y * window.stride.height + down;
          if (y >= 0 && y < shape.height) {
            add_halves(from +
                           ((plane * taps + tap) * shape.out_height() + out_y) * shape.out_width() +
                           first,
                       into + (plane * shape.height + y) * shape.width +
                           first * window.stride.width + right,
                       last - first + 1, window.stride.width);
          }
        }
      }
    }
  });
  return x;
}

at::Tensor weight_gradient(const Shape& shape, const at::Tensor& gradient, const at::Tensor& x) {
  const at::Tensor rows = rows_of(shape, x);
  const at::Tensor upstream =
      gradient.reshape({shape.images, shape.out_channels, shape.out_pixels()}).contiguous();
  at::Tensor w = at::zeros({shape.out_channels, shape.row()});
  const auto* left = upstream.const_data_ptr<float>();
  const auto* right = rows.const_data_ptr<float>();
  auto* into = w.mutable_data_ptr<float>();
  at::parallel_for(0, shape.out_channels, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> of_image(static_cast<size_t>(shape.row()));
    for (int64_t o = begin; o < end; ++o) {
      const int64_t group = o / shape.outputs();
      for (int64_t n = 0; n < shape.images; ++n) {
        half_products(left + (n * shape.out_channels + o) * shape.out_pixels(),
                      right + (n * shape.groups + group) * shape.out_pixels() * shape.row(),
                      of_image.data(), 1, shape.out_pixels(), shape.row());
        for (int64_t k = 0; k < shape.row(); ++k) {
          into[o * shape.row() + k] += of_image[k];
        }
      }
    }
  });
  return w;
}

/// Of one shard, or of all images.
std::pair<at::Tensor, at::Tensor> gradients_of(const Product& product, const at::Tensor& gradient,
                                               const at::Tensor& x, const at::Tensor& w,
                                               bool wants_x) {
  const Shape shape = shape_of(product, x);
  return {wants_x ? input_gradient(shape, gradient, w).view(x.sizes()) : at::Tensor(),
          weight_gradient(shape, gradient, x).view(w.sizes())};
}

struct HalfSums : torch::autograd::Function<HalfSums> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w,
                            const Product& by, const ShardsPtr& shards) {
    context->save_for_backward({x, w});
    hold(context, shards);
    context->saved_data["product"] = by.numbers();
    const Shape shape = shape_of(by, x);
    std::vector<int64_t> sizes = {shape.images, shape.out_channels};
    if (w.dim() == 4) {
      sizes.insert(sizes.end(), {shape.out_height(), shape.out_width()});
    }
    const at::Tensor columns = grouped(shape, w).transpose(1, 2).contiguous();
    return half_product(rows_of(shape, x), columns).transpose(2, 3).reshape(sizes);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& w = saved[1];
    const Product product = Product::from_numbers(context->saved_data["product"].toIntVector());
    const bool wants_x = context->needs_input_grad(0);
    const auto& shards = held<ShardsPtr>(context);
    const auto [d_x, d_w] =
        shards ? gradients_by_shard(*shards, w,
                                    [&](int shard) {
                                      return gradients_of(product,
                                                          shard_of(gradients[0], *shards, shard),
                                                          shard_of(x, *shards, shard), w, wants_x);
                                    })
               : gradients_of(product, gradients[0], x, w, wants_x);
    return {d_x, d_w, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor apply_half_sums(const Product& by, const at::Tensor& x, const at::Tensor& w,
                           const ShardsPtr& shards) {
  return HalfSums::apply(x, w, by, shards);
}

}  // namespace floatsd::ops
