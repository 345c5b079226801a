#include "floatsd/nn/layer.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <algorithm>
#include <random>
#include <vector>

#include "catch.h"

using namespace floatsd;
using nn::Conv2d;
using nn::Signal;
using quant::Mode;

namespace {

void fill_slots(nn::Layer& layer, const char* scheme,
                quant::RangeMethod method = quant::RangeMethod::kMinMax) {
  layer.set_weight_quantizer(std::make_shared<quant::WeightQuantizer>(
      quant::parse_weight_scheme(scheme), method, layer.weight.size(0)));
  layer.set_output_quantizer(std::make_shared<quant::OutputQuantizer>(method));
}

/// Codes less the zero point, as float32.
Signal random_codes(const std::vector<int64_t>& shape, QParams qparams) {
  return {(at::randint(0, 256, shape) - qparams.zero_point).to(at::kFloat), qparams};
}

/// The layer's output codes less their zero point, computed integer by integer.
at::Tensor by_hand(const Conv2d& conv, const Signal& input, const at::Tensor& levels,
                   const Requantize& requantize) {
  const auto x = input.values.accessor<float, 4>();
  const auto w = levels.accessor<float, 4>();
  const auto& o = conv.options();
  const int64_t height = (x.size(2) + 2 * o.padding - o.kernel) / o.stride + 1;
  const int64_t width = (x.size(3) + 2 * o.padding - o.kernel) / o.stride + 1;
  at::Tensor out = at::empty({x.size(0), o.out_channels, height / conv.pool, width / conv.pool});
  auto code = out.accessor<float, 4>();
  const auto sum_at = [&](int64_t n, int64_t c, int64_t y, int64_t z) {
    int64_t sum = 0;
    const int64_t group = c / (o.out_channels / o.groups);
    for (int64_t i = 0; i < w.size(1); ++i) {
      for (int64_t ky = 0; ky < o.kernel; ++ky) {
        for (int64_t kx = 0; kx < o.kernel; ++kx) {
          const int64_t iy = y * o.stride - o.padding + ky;
          const int64_t ix = z * o.stride - o.padding + kx;
          if (iy >= 0 && iy < x.size(2) && ix >= 0 && ix < x.size(3)) {
            sum += static_cast<int64_t>(x[n][group * w.size(1) + i][iy][ix]) *
                   static_cast<int64_t>(w[c][i][ky][kx]);
          }
        }
      }
    }
    return sum;
  };
  for (int64_t n = 0; n < out.size(0); ++n) {
    for (int64_t c = 0; c < out.size(1); ++c) {
      for (int64_t y = 0; y < out.size(2); ++y) {
        for (int64_t z = 0; z < out.size(3); ++z) {
          int64_t largest = INT64_MIN;
          for (int py = 0; py < conv.pool; ++py) {
            for (int px = 0; px < conv.pool; ++px) {
              largest = std::max(largest, sum_at(n, c, y * conv.pool + py, z * conv.pool + px));
            }
          }
          code[n][c][y][z] = static_cast<float>(
              floatsd::requantize(largest + requantize.bias[c], requantize.multipliers[c],
                                  requantize.output.zero_point, requantize.lower_code()) -
              requantize.output.zero_point);
        }
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("A float layer is ATen's convolution, pooling and ReLU", "[layer]") {
  torch::manual_seed(1);
  Conv2d conv(
      {.in_channels = 4, .out_channels = 6, .kernel = 3, .stride = 2, .padding = 1, .groups = 2});
  conv.activation = nn::Activation::kRelu;
  conv.pool = 2;
  const at::Tensor x = at::randn({2, 4, 9, 9});
  const at::Tensor expected =
      at::relu(at::max_pool2d(at::conv2d(x, conv.weight, conv.bias, 2, 1, 1, 2), 2));
  const Signal y = conv.forward({{x, std::nullopt}}, {Mode::kFloat});
  CHECK_FALSE(y.qparams);
  CHECK(at::allclose(y.values, expected, 1e-5, 1e-6));
  nn::Linear linear(12, 3);
  const at::Tensor image = at::randn({2, 3, 2, 2});
  CHECK(at::allclose(linear.forward({{image, std::nullopt}}, {Mode::kFloat}).values,
                     at::linear(image.flatten(1), linear.weight, linear.bias)));
}

TEST_CASE("A frozen layer computes every code as integers by hand do", "[layer]") {
  torch::manual_seed(2);
  struct Case {
    Conv2d::Options options;
    int pool;
    bool relu;
    const char* scheme;
    QParams input;
  };
  const std::vector<Case> cases = {
      {{.in_channels = 1, .out_channels = 3, .kernel = 5, .padding = 2},
       2,
       true,
       "floatsd4:per-channel",
       {1.0F / 255, 0}},
      {{.in_channels = 3, .out_channels = 4, .kernel = 3, .stride = 2, .padding = 1},
       1,
       false,
       "int8:per-tensor",
       {0.02F, 113}},
      {{.in_channels = 6, .out_channels = 6, .kernel = 3, .padding = 1, .groups = 6},
       1,
       true,
       "floatsd4:per-tensor",
       {0.1F, 255}},
      {{.in_channels = 4, .out_channels = 2, .kernel = 1, .groups = 2},
       3,
       false,
       "int8:per-channel",
       {0.5F, 7}}};
  for (const Case& c : cases) {
    Conv2d conv(c.options);
    conv.pool = c.pool;
    conv.activation = c.relu ? nn::Activation::kRelu : nn::Activation::kNone;
    fill_slots(conv, c.scheme);
    const Signal input = random_codes({2, c.options.in_channels, 8, 7}, c.input);
    const torch::NoGradGuard no_grad;
    const Signal trained = conv.forward({input}, {Mode::kQuantize});
    const Signal frozen = conv.forward({input}, {Mode::kFrozen});
    const auto codes = conv.weight_codes(c.input.scale);
    const Requantize requantize =
        conv.requantization(c.input.scale, codes.scales, conv.output_quantizer->qparams());
    INFO(c.scheme);
    CHECK(at::equal(frozen.values, by_hand(conv, input, codes.levels, requantize)));
    CHECK(at::equal(trained.values, frozen.values));  // the batch that moved the range last
    CHECK(frozen.values.max().item<float>() - frozen.values.min().item<float>() > 100);
  }
}

TEST_CASE("A layer whose sums exceed float32's integers stays exact", "[layer]") {
  torch::manual_seed(3);
  Conv2d conv({.in_channels = 1500, .out_channels = 2, .kernel = 1});
  fill_slots(conv, "int8:per-channel");
  torch::NoGradGuard no_grad;
  conv.weight.fill_(1.0F);  // every level 127: sums up to 1500 * 127 * 255
  conv.weight[1][0][0][0] = 0.3F;
  const QParams input{0.01F, 0};
  const Signal codes = {at::full({1, 1500, 3, 3}, 255.0F) - at::randint(0, 3, {1, 1500, 3, 3}),
                        input};
  conv.forward({codes}, {Mode::kQuantize});
  const auto weights = conv.weight_codes(input.scale);
  CHECK(nn::Layer::accumulator_bound(weights.levels, 0) > 0x1p24);
  // A fine output scale makes single units of the accumulator visible.
  Requantize fine =
      conv.requantization(input.scale, weights.scales, conv.output_quantizer->qparams());
  CHECK(at::equal(conv.forward({codes}, {Mode::kFrozen}).values,
                  by_hand(conv, codes, weights.levels, fine)));
}

TEST_CASE("A dead channel keeps its bias", "[layer]") {
  Conv2d conv({.in_channels = 2, .out_channels = 2, .kernel = 1});
  fill_slots(conv, "floatsd4:per-channel");
  torch::NoGradGuard no_grad;
  conv.weight.zero_();
  conv.weight[0].fill_(1e-12F);
  conv.bias[0] = 50.0F;
  conv.bias[1] = -3.0F;
  const Signal input = random_codes({1, 2, 4, 4}, {0.004F, 0});
  conv.forward({input}, {Mode::kQuantize});
  const Signal output = conv.forward({input}, {Mode::kFrozen});
  const at::Tensor real = nn::real_values(output);
  const float step = output.qparams->scale;
  CHECK(std::abs(real[0][0][0][0].item<float>() - 50.0F) <= step);
  CHECK(std::abs(real[0][1][0][0].item<float>() + 3.0F) <= step);
}

TEST_CASE("Gradients reach weight, bias and input through a quantized layer", "[layer]") {
  torch::manual_seed(4);
  for (const bool wide : {false, true}) {  // wide: the float64 path
    Conv2d conv({.in_channels = wide ? 1500 : 3, .out_channels = 2, .kernel = 1});
    fill_slots(conv, "int8:per-channel");
    Signal input = random_codes({2, conv.options().in_channels, 3, 3}, {0.01F, 0});
    input.values.requires_grad_();
    conv.forward({input}, {Mode::kQuantize}).values.sum().backward();
    for (const at::Tensor& leaf : {conv.weight, conv.bias, input.values}) {
      REQUIRE(leaf.grad().defined());
      CHECK(leaf.grad().abs().sum().item<float>() > 0);
      CHECK(leaf.grad().scalar_type() == at::kFloat);
    }
  }
}

TEST_CASE("Observing leaves the float values as they are", "[layer]") {
  torch::manual_seed(5);
  nn::Linear linear(4, 3);
  fill_slots(linear, "floatsd4:per-tensor");
  const at::Tensor x = at::randn({5, 4});
  const at::Tensor expected = at::linear(x, linear.weight, linear.bias);
  CHECK(at::allclose(linear.forward({{x, std::nullopt}}, {Mode::kObserve}).values, expected));
  const QParams qparams = linear.output_quantizer->qparams();
  CHECK(qparams.scale == (std::max(expected.max().item<float>(), 0.0F) -
                          std::min(expected.min().item<float>(), 0.0F)) /
                             255);
}
