#include "ops/half_sums.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/util/Half.h>

#include <bit>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "catch.h"
#include "nn/layer.h"
#include "ops/half_products.h"
#include "ops/product.h"

using namespace floatsd;
using nn::Conv2d;
using nn::Linear;
using ops::to_half;

namespace {

float by_c10(float x) { return static_cast<float>(c10::Half(x)); }

/// A term of a sum: the places of an output, of an input and of a weight.
struct Product {
  int64_t out, in, weight;
};

/// Every product of a convolution, in the order in which an output's are added.
std::vector<Product> products_of(const Conv2d::Options& o, const std::vector<int64_t>& in) {
  const auto [kernel, stride, padding, dilation, ceil_mode] = Conv2d(o).product().window;
  const int64_t area = int64_t{kernel.height} * kernel.width;
  const int64_t out_h = Conv2d(o).product().window.rows(in[2]);
  const int64_t out_w = Conv2d(o).product().window.columns(in[3]);
  const int64_t depth = o.in_channels / o.groups;
  std::vector<Product> products;
  for (int64_t n = 0; n < in[0]; ++n) {
    for (int64_t c = 0; c < o.out_channels; ++c) {
      const int64_t group = c / (o.out_channels / o.groups);
      for (int64_t y = 0; y < out_h; ++y) {
        for (int64_t x = 0; x < out_w; ++x) {
          for (int64_t k = 0; k < depth * area; ++k) {
            const int64_t at_y = y * stride.height +
                                 k / kernel.width % kernel.height * dilation.height - padding.top;
            const int64_t at_x =
                x * stride.width + k % kernel.width * dilation.width - padding.left;
            const int64_t channel = group * depth + k / area;
            const bool inside = at_y >= 0 && at_y < in[2] && at_x >= 0 && at_x < in[3];
            products.push_back({((n * o.out_channels + c) * out_h + y) * out_w + x,
                                inside ? ((n * in[1] + channel) * in[2] + at_y) * in[3] + at_x : -1,
                                c * depth * area + k});
          }
        }
      }
    }
  }
  return products;
}

/// Numbers with few digits, as FP8 has, so that products are exact in float32.
at::Tensor few_digits(at::IntArrayRef sizes) {
  return at::randint(-7, 8, sizes, at::kFloat) * at::exp2(at::randint(-9, 1, sizes, at::kFloat));
}

}  // namespace

TEST_CASE("Rounding to float16 is that of c10 on every value and between", "[half sums]") {
  for (uint32_t bits = 0; bits < (1U << 16); ++bits) {
    const auto half =
        static_cast<float>(c10::Half(static_cast<uint16_t>(bits), c10::Half::from_bits()));
    if (std::isnan(half)) {
      CHECK(std::isnan(to_half(half)));
      continue;
    }
    REQUIRE(std::bit_cast<uint32_t>(to_half(half)) == std::bit_cast<uint32_t>(half));
    const auto next =
        static_cast<float>(c10::Half(static_cast<uint16_t>(bits + 1), c10::Half::from_bits()));
    const float between = std::isfinite(half) && std::isfinite(next) ? (half + next) / 2 : half;
    for (const float x :
         {between, std::nextafter(between, -INFINITY), std::nextafter(between, INFINITY)}) {
      REQUIRE(std::bit_cast<uint32_t>(to_half(x)) == std::bit_cast<uint32_t>(by_c10(x)));
    }
  }
  for (const float x : {65519.99F, 65520.0F, 1e30F, -65520.0F, INFINITY, 1e-30F, -1e-30F}) {
    CHECK(std::bit_cast<uint32_t>(to_half(x)) == std::bit_cast<uint32_t>(by_c10(x)));
  }
}

TEST_CASE("Convolutions with float16 sums are the sums one by one, forward and backward",
          "[half sums]") {
  at::manual_seed(3);
  const std::vector<std::pair<Conv2d::Options, std::vector<int64_t>>> cases = {
      {{.in_channels = 3, .out_channels = 37, .kernel = 3, .padding = 1}, {2, 3, 6, 5}},
      {{.in_channels = 4, .out_channels = 5, .kernel = 5, .stride = 2, .padding = 2}, {3, 4, 7, 8}},
      {{.in_channels = 6, .out_channels = 6, .kernel = 3, .stride = 2, .padding = 1, .groups = 6},
       {2, 6, 5, 5}},
      {{.in_channels = 70, .out_channels = 3, .kernel = 1}, {2, 70, 2, 2}},
      {{.in_channels = 2, .out_channels = 19, .kernel = 3}, {2, 2, 6, 6}},
      {{.in_channels = 6, .out_channels = 8, .kernel = 3, .padding = 1, .groups = 2}, {2, 6, 4, 4}},
      {{.in_channels = 2, .out_channels = 9, .kernel = 3, .stride = 2, .padding = 1}, {2, 2, 2, 1}},
      {{.in_channels = 2, .out_channels = 9, .kernel = 5, .stride = 2, .padding = 1}, {1, 2, 3, 3}},
      {{.in_channels = 4,
        .out_channels = 6,
        .kernel = {3, 2},
        .stride = {1, 2},
        .padding = {2, 0, 1, 1},
        .dilation = {2, 3},
        .groups = 2},
       {2, 4, 6, 7}},
  };
  for (const auto& [options, sizes] : cases) {
    CAPTURE(options.kernel.height, options.stride.height);
    const Conv2d conv(options, nn::Bias::kNone);
    const at::Tensor x = few_digits(sizes).requires_grad_();
    const at::Tensor w =
        few_digits(conv.weight.sizes()).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    const at::Tensor y = ops::apply_half_sums(conv.product(), x, w);
    CHECK(y.sizes() == ops::apply(conv.product(), x, w).sizes());
    const at::Tensor upstream = few_digits(y.sizes());
    y.backward(upstream);

    at::Tensor out = at::zeros(y.numel());
    at::Tensor dx = at::zeros(x.numel());
    at::Tensor dw = at::zeros(w.numel());
    auto* const sums = out.mutable_data_ptr<float>();
    const at::Tensor in_values = x.detach().contiguous();
    const at::Tensor w_values = w.detach().contiguous();
    const auto* in = in_values.const_data_ptr<float>();
    const auto* weights = w_values.const_data_ptr<float>();
    const auto* gradient = upstream.const_data_ptr<float>();
    const std::vector<Product> products = products_of(options, sizes);
    for (const Product& p : products) {
      sums[p.out] = by_c10(sums[p.out] + (p.in < 0 ? 0 : in[p.in] * weights[p.weight]));
    }
    CHECK(at::equal(y.detach().flatten(), out));

    // The input's: over output channels for each kernel position, then over positions.
    const int64_t window = int64_t{options.kernel.height} * options.kernel.width;
    const int64_t inputs = x.numel();
    std::vector<float> by_position(static_cast<size_t>(inputs * window));
    for (const Product& p : products) {
      if (p.in >= 0) {
        float& sum = by_position[p.in * window + p.weight % window];
        sum = by_c10(sum + gradient[p.out] * weights[p.weight]);
      }
    }
    for (int64_t i = 0; i < inputs; ++i) {
      auto& sum = dx.mutable_data_ptr<float>()[i];
      for (int64_t k = 0; k < window; ++k) {
        sum = by_c10(sum + by_position[i * window + k]);
      }
    }
    CHECK(at::equal(x.grad().flatten(), dx));

    // The weights': over an image's pixels, images in float32.
    std::vector<float> of_image(static_cast<size_t>(w.numel()));
    const int64_t outputs = y.numel() / sizes[0];
    for (int64_t n = 0; n < sizes[0]; ++n) {
      std::fill(of_image.begin(), of_image.end(), 0.0F);
      for (const Product& p : products) {
        if (p.out / outputs == n) {
          float& sum = of_image[p.weight];
          sum = by_c10(sum + (p.in < 0 ? 0 : gradient[p.out] * in[p.in]));
        }
      }
      for (int64_t k = 0; k < w.numel(); ++k) {
        dw.mutable_data_ptr<float>()[k] += of_image[k];
      }
    }
    CHECK(at::equal(w.grad().contiguous().flatten(), dw));
  }
}

TEST_CASE("A product with float16 sums is a convolution of one pixel", "[half sums]") {
  at::manual_seed(4);
  const Linear linear(300, 45);
  const Conv2d conv({.in_channels = 300, .out_channels = 45}, nn::Bias::kNone);
  const at::Tensor x = few_digits({5, 300}).requires_grad_();
  const at::Tensor w = few_digits({45, 300}).requires_grad_();
  const at::Tensor pixels = x.detach().view({5, 300, 1, 1}).requires_grad_();
  const at::Tensor kernels = w.detach().view({45, 300, 1, 1}).requires_grad_();
  const at::Tensor y = ops::apply_half_sums(linear.product(), x, w);
  const at::Tensor expected = ops::apply_half_sums(conv.product(), pixels, kernels);
  CHECK(at::equal(y, expected.flatten(1)));
  CHECK_FALSE(at::equal(y, ops::apply(linear.product(), x, w)));
  CHECK(at::allclose(y, ops::apply(linear.product(), x, w), 0.05, 0.05));
  const at::Tensor upstream = few_digits(y.sizes());
  y.backward(upstream);
  expected.backward(upstream.view(expected.sizes()));
  CHECK(at::equal(x.grad(), pixels.grad().flatten(1)));
  CHECK(at::equal(w.grad(), kernels.grad().flatten(1)));
}

TEST_CASE("Float16 sums do not depend on the number of threads", "[half sums]") {
  at::manual_seed(5);
  const Conv2d conv({.in_channels = 8, .out_channels = 16, .kernel = 3, .padding = 1},
                    nn::Bias::kNone);
  const at::Tensor x = few_digits({6, 8, 9, 9});
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> results;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    const at::Tensor in = x.clone().requires_grad_();
    const at::Tensor w = conv.weight.detach().clone().requires_grad_();
    const at::Tensor y = ops::apply_half_sums(conv.product(), in, w);
    y.sum().backward();
    results.insert(results.end(), {y.detach(), in.grad(), w.grad()});
  }
  at::set_num_threads(threads);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(at::equal(results[i], results[i + 3]));
  }
}
