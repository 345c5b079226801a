#include "nn/layer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <vector>

#include "by_hand.h"
#include "catch.h"
#include "quant/quantizer.h"

using namespace floatsd;
using nn::Conv2d;
using ops::Signal;
using quant::Pass;

TEST_CASE("A float layer is ATen's convolution, pooling and ReLU", "[layer]") {
  at::manual_seed(1);
  Conv2d conv(
      {.in_channels = 4, .out_channels = 6, .kernel = 3, .stride = 2, .padding = 1, .groups = 2});
  conv.activation = nn::Activation::kRelu;
  conv.pool = 2;
  const at::Tensor x = at::randn({2, 4, 9, 9});
  const at::Tensor expected =
      at::relu(at::max_pool2d(at::conv2d(x, conv.weight, conv.bias, 2, 1, 1, 2), 2));
  const Signal y = conv.forward({{x, std::nullopt}}, quant::Pass::kFloat);
  CHECK_FALSE(y.qparams);
  CHECK(at::allclose(y.values, expected, 1e-5, 1e-6));
  nn::Linear linear(12, 3);
  const at::Tensor image = at::randn({2, 3, 2, 2});
  CHECK(at::allclose(linear.forward({{image, std::nullopt}}, quant::Pass::kFloat).values,
                     at::linear(image.flatten(1), linear.weight, linear.bias)));
}

TEST_CASE("A frozen layer computes every code as integers by hand do", "[layer]") {
  at::manual_seed(2);
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
    const at::NoGradGuard no_grad;
    const Signal trained = conv.forward({input}, quant::Pass::kBatchNormFrozen);
    const Signal frozen = conv.forward({input}, quant::Pass::kInteger);
    const auto codes = conv.weight_codes(c.input.scale);
    const Requantize requantize =
        conv.requantization(c.input.scale, codes.scales, conv.output_quantizer->qparams());
    INFO(c.scheme);
    CHECK(at::equal(ops::code_values(frozen), by_hand(conv, input, codes.levels, requantize)));
    CHECK(
        at::equal(trained.codes.bytes, frozen.codes.bytes));  // the batch that moved the range last
    CHECK(frozen.codes.bytes.max().item<int>() - frozen.codes.bytes.min().item<int>() > 100);
  }
}

TEST_CASE("A layer without a bias adds none", "[layer]") {
  at::manual_seed(6);
  Conv2d conv({.in_channels = 3, .out_channels = 4, .kernel = 3, .padding = 1}, nn::Bias::kNone);
  const at::Tensor x = at::randn({2, 3, 5, 5});
  CHECK(at::allclose(conv.forward({{x, std::nullopt}}, quant::Pass::kFloat).values,
                     at::conv2d(x, conv.weight, {}, 1, 1), 1e-5, 1e-6));
  fill_slots(conv, "int8:per-channel");
  const Signal input = random_codes({2, 3, 5, 5}, {0.02F, 100});
  ops::code_values(conv.forward({input}, quant::Pass::kBatchNormFrozen)).sum().backward();
  const auto codes = conv.weight_codes(input.qparams->scale);
  const Requantize requantize =
      conv.requantization(input.qparams->scale, codes.scales, conv.output_quantizer->qparams());
  CHECK(requantize.bias == std::vector<int32_t>(4, 0));
  CHECK(at::equal(ops::code_values(conv.forward({input}, quant::Pass::kInteger)),
                  by_hand(conv, input, codes.levels, requantize)));
}

TEST_CASE("A layer whose sums exceed float32's integers stays exact", "[layer]") {
  at::manual_seed(3);
  Conv2d conv({.in_channels = 1500, .out_channels = 2, .kernel = 1});
  fill_slots(conv, "int8:per-channel");
  at::NoGradGuard no_grad;
  conv.weight.fill_(1.0F);  // every level 127: sums up to 1500 * 127 * 255
  conv.weight[1][0][0][0] = 0.3F;
  const QParams input{0.01F, 0};
  const Signal codes = ops::code_signal(
      at::full({1, 1500, 3, 3}, 255.0F) - at::randint(0, 3, {1, 1500, 3, 3}), input);
  const Signal trained = conv.forward({codes}, quant::Pass::kBatchNormFrozen);
  const auto weights = conv.weight_codes(input.scale);
  CHECK(nn::Layer::accumulator_bound(weights.levels, 0) > 0x1p24);
  // A fine output scale makes single units of the accumulator visible.
  Requantize fine =
      conv.requantization(input.scale, weights.scales, conv.output_quantizer->qparams());
  CHECK(at::equal(ops::code_values(conv.forward({codes}, quant::Pass::kInteger)),
                  by_hand(conv, codes, weights.levels, fine)));
  CHECK(at::equal(ops::code_values(trained), by_hand(conv, codes, weights.levels, fine)));
}

TEST_CASE("A dead channel keeps its bias", "[layer]") {
  Conv2d conv({.in_channels = 2, .out_channels = 2, .kernel = 1});
  fill_slots(conv, "floatsd4:per-channel");
  at::NoGradGuard no_grad;
  conv.weight.zero_();
  conv.weight[0].fill_(1e-12F);
  conv.bias[0] = 50.0F;
  conv.bias[1] = -3.0F;
  const Signal input = random_codes({1, 2, 4, 4}, {0.004F, 0});
  conv.forward({input}, quant::Pass::kBatchNormFrozen);
  const Signal output = conv.forward({input}, quant::Pass::kInteger);
  const at::Tensor real = ops::real_values(output);
  const float step = output.qparams->scale;
  CHECK(std::abs(real[0][0][0][0].item<float>() - 50.0F) <= step);
  CHECK(std::abs(real[0][1][0][0].item<float>() + 3.0F) <= step);
}

TEST_CASE("A scale raised to hold its bias stays a power of two", "[layer]") {
  Conv2d conv({.in_channels = 1, .out_channels = 2, .kernel = 1});
  const auto grid = quant::ScaleGrid::kPowerOfTwo;
  conv.set_weight_quantizer(std::make_shared<quant::WeightQuantizer>(
      quant::parse_weight_scheme("int8:per-channel"), quant::RangeMethod::kMinMax, 2, grid));
  const at::NoGradGuard no_grad;
  conv.weight.zero_();
  conv.weight[1].fill_(1.0F);
  conv.bias.fill_(100.0F);
  conv.weight_quantizer->observe(conv.weight);
  // 100 / (2^-7 * 2^30) = 1.19e-5; 1 / 127 is nearest to 2^-7.
  CHECK(conv.weight_codes(0x1p-7F).scales == std::vector<float>{0x1p-16F, 0x1p-7F});
}

TEST_CASE("Gradients reach weight, bias and input through a quantized layer", "[layer]") {
  at::manual_seed(4);
  for (const bool wide : {false, true}) {  // wide: the float64 path
    Conv2d conv({.in_channels = wide ? 1500 : 3, .out_channels = 2, .kernel = 1});
    fill_slots(conv, "int8:per-channel");
    Signal input = random_codes({2, conv.options().in_channels, 3, 3}, {0.01F, 0});
    input.codes.edge.requires_grad_();
    ops::code_values(conv.forward({input}, quant::Pass::kBatchNormFrozen)).sum().backward();
    for (const at::Tensor& leaf : {conv.weight, conv.bias, input.codes.edge}) {
      REQUIRE(leaf.grad().defined());
      CHECK(leaf.grad().abs().sum().item<float>() > 0);
      CHECK(leaf.grad().scalar_type() == at::kFloat);
    }
  }
}

TEST_CASE("Observing leaves the float values as they are", "[layer]") {
  at::manual_seed(5);
  nn::Linear linear(4, 3);
  fill_slots(linear, "floatsd4:per-tensor");
  const at::Tensor x = at::randn({5, 4});
  const at::Tensor expected = at::linear(x, linear.weight, linear.bias);
  CHECK(at::allclose(linear.forward({{x, std::nullopt}}, quant::Pass::kObserve).values, expected));
  const QParams qparams = linear.output_quantizer->qparams();
  CHECK(qparams.scale == (std::max(expected.max().item<float>(), 0.0F) -
                          std::min(expected.min().item<float>(), 0.0F)) /
                             255);
}
