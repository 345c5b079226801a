// Pools, concatenation, flattening and lone activations and batch norms, on reals and on codes.

#include "nn/pool.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <memory>
#include <vector>

#include "catch.h"
#include "nn/batch_norm.h"
#include "nn/join.h"
#include "nn/layer.h"
#include "nn/rearrange.h"
#include "quant/quantizer.h"

using namespace floatsd;
using ops::Signal;
using quant::Pass;

namespace {

void fill_slot(nn::QuantizedBlock& block, float min, float max) {
  block.set_output_quantizer(std::make_shared<quant::OutputQuantizer>(quant::RangeMethod::kMinMax));
  block.output_quantizer->observe({{min}, {max}});
}

Signal random_codes(const std::vector<int64_t>& shape, QParams qparams) {
  return ops::code_signal((at::randint(0, 256, shape) - qparams.zero_point).to(at::kFloat),
                          qparams);
}

Signal reals(const at::Tensor& x) { return {x, std::nullopt}; }

std::vector<int64_t> pair(const Extent& extent) { return {extent.height, extent.width}; }

/// Windows that ATen has, too.
std::vector<Window> even_windows() {
  std::vector<Window> windows;
  for (const int size : {2, 3}) {
    for (const int stride : {1, 2, 3}) {
      for (const int padding : {0, 1}) {
        for (const bool up : {false, true}) {
          windows.push_back({.size = {size, 3},
                             .stride = {stride, 2},
                             .padding = padding,
                             .dilation = 1,
                             .ceil_mode = up});
        }
      }
    }
  }
  return windows;
}

/// d sum(weights * of(x)) / dx at some places, by finite differences, against autograd's.
template <typename Of>
void check_gradient(const Of& of, at::Tensor x) {
  x.requires_grad_();
  const at::Tensor y = of(x);
  const at::Tensor weights = at::randn_like(y);
  (y * weights).sum().backward();
  const at::NoGradGuard no_grad;
  constexpr double kStep = 1e-4;
  for (int64_t i = 0; i < x.numel(); i += 7) {
    const auto at = [&](double step) {
      at::Tensor moved = x.detach().clone();
      moved.view(-1)[i] += step;
      return (of(moved) * weights).sum().template item<double>();
    };
    const double slope = (at(kStep) - at(-kStep)) / (2 * kStep);
    CHECK(x.grad().view(-1)[i].item<double>() == Approx(slope).margin(1e-6));
  }
}

}  // namespace

TEST_CASE("Pools of reals equal ATen's at every window that ATen has", "[pool]") {
  at::manual_seed(1);
  const at::Tensor x = at::randn({2, 3, 7, 8});
  for (const Window& window : even_windows()) {
    CAPTURE(window.size.height, window.stride.height, window.padding.top, window.ceil_mode);
    const auto size = pair(window.size);
    const auto stride = pair(window.stride);
    const std::vector<int64_t> padding = {window.padding.top, window.padding.left};
    nn::MaxPool2d max(window);
    CHECK(max.forward({reals(x)}, {})
              .values.equal(at::max_pool2d(x, size, stride, padding, 1, window.ceil_mode)));
    for (const bool counted : {false, true}) {
      nn::AveragePool2d mean(window, counted ? PaddingCounts::kYes : PaddingCounts::kNo);
      const at::Tensor expected =
          at::avg_pool2d(x, size, stride, padding, window.ceil_mode, counted);
      const at::Tensor found = mean.forward({reals(x)}, {}).values;
      REQUIRE(found.sizes() == expected.sizes());
      CHECK(at::allclose(found, expected, 1e-5, 1e-6));
    }
  }
}

TEST_CASE("A dilated max pool equals ATen's", "[pool]") {
  at::manual_seed(2);
  const at::Tensor x = at::randn({2, 3, 9, 8});
  nn::MaxPool2d max({.size = {2, 3}, .stride = 2, .padding = 1, .dilation = {3, 2}});
  CHECK(
      max.forward({reals(x)}, {}).values.equal(at::max_pool2d(x, {2, 3}, {2, 2}, {1, 1}, {3, 2})));
}

TEST_CASE("Pools pass the gradients that finite differences give", "[pool]") {
  at::manual_seed(3);
  const Window window{
      .size = {3, 2}, .stride = {2, 1}, .padding = {1, 0, 0, 1}, .dilation = 1, .ceil_mode = true};
  const at::Tensor x = at::randn({1, 2, 6, 5}, at::kDouble);
  nn::MaxPool2d max(window);
  check_gradient([&](const at::Tensor& t) { return max.forward({reals(t)}, {}).values; },
                 x.clone());
  nn::AveragePool2d mean(window, PaddingCounts::kNo);
  check_gradient([&](const at::Tensor& t) { return mean.forward({reals(t)}, {}).values; },
                 x.clone());
}

TEST_CASE("A mean over windows of codes passes on its multiplier as the gradient", "[pool]") {
  nn::AveragePool2d mean({.size = 2, .stride = 1, .padding = {1, 0, 0, 0}}, PaddingCounts::kNo);
  fill_slot(mean, -64.0F, 63.5F);  // scale 1/2
  Signal x = ops::code_signal(at::ones({1, 1, 2, 2}), QParams{0.5F, 100});
  x.codes.edge.requires_grad_();
  ops::code_values(mean.forward({x}, quant::Pass::kInteger)).sum().backward();
  // The first window holds the first row alone, two values; the second all four.
  const at::Tensor expected = at::tensor({0.75F, 0.75F, 0.25F, 0.25F}).view({1, 1, 2, 2});
  CHECK(at::allclose(x.codes.edge.grad(), expected, 1e-4));
}

TEST_CASE("Codes are joined on the output's scale as by hand", "[pool]") {
  nn::Concat concat;
  fill_slot(concat, -64.0F, 63.5F);  // scale 1/2, zero point 128
  const Signal a =
      ops::code_signal(at::tensor({3.0F, -5.0F}).view({1, 2, 1, 1}), QParams{0.5F, 90});
  const Signal b =
      ops::code_signal(at::tensor({3.0F, -3.0F, 200.0F}).view({1, 3, 1, 1}), QParams{0.25F, 20});
  const Signal joined = concat.forward({a, b}, quant::Pass::kInteger);
  CHECK(ops::code_values(joined).equal(
      at::tensor({3.0F, -5.0F, 2.0F, -1.0F, 100.0F}).view({1, 5, 1, 1})));  // 1.5, -1.5 round up
  CHECK(*joined.qparams == QParams{0.5F, 128});
  nn::Concat following;
  fill_slot(following, -1.0F, 1.0F);
  following.forward({a, b}, quant::Pass::kBatchNormFrozen);  // 1.5, -2.5; 0.75, -0.75, 50
  CHECK(following.output_quantizer->qparams() == QParams{52.5F / 255, 12});
}

TEST_CASE("Gradients reach each input of a concatenation by its own multiplier", "[pool]") {
  nn::Concat concat;
  fill_slot(concat, -64.0F, 63.5F);
  Signal a = random_codes({2, 2, 3, 3}, QParams{0.5F, 128});
  Signal b = random_codes({2, 1, 3, 3}, QParams{0.25F, 128});
  a.codes.edge.requires_grad_();
  b.codes.edge.requires_grad_();
  ops::code_values(concat.forward({a, b}, quant::Pass::kInteger)).sum().backward();
  CHECK(a.codes.edge.grad().equal(at::ones({2, 2, 3, 3})));
  CHECK(b.codes.edge.grad().equal(at::full({2, 1, 3, 3}, 0.5F)));
}

TEST_CASE("Flattening goes by channels or by pixels, on reals and on codes", "[pool]") {
  const at::Tensor x = at::arange(12).to(at::kFloat).view({1, 2, 2, 3});
  nn::Flatten by_channels(AxesOrder::kChannelsFirst);
  nn::Flatten by_pixels(AxesOrder::kChannelsLast);
  CHECK(by_channels.forward({reals(x)}, {}).values.equal(x.view({1, 12})));
  const at::Tensor expected =
      at::tensor({0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}).to(at::kFloat).view({1, 12});
  CHECK(by_pixels.forward({reals(x)}, {}).values.equal(expected));
  const Signal codes = by_pixels.forward({ops::code_signal(x, QParams{0.5F, 7})}, {});
  CHECK(ops::code_values(codes).equal(expected));
}

TEST_CASE("A lone activation clamps codes where it clamps reals", "[pool]") {
  const QParams qparams{0.125F, 20};
  const Signal x = ops::code_signal(at::tensor({-9.0F, 0.0F, 48.0F, 49.0F}).view({1, 4}), qparams);
  nn::ActivationBlock relu(nn::Activation::kRelu);
  CHECK(ops::code_values(relu.forward({x}, {}))
            .equal(at::tensor({0.0F, 0.0F, 48.0F, 49.0F}).view({1, 4})));
  nn::ActivationBlock relu6(nn::Activation::kRelu6);
  CHECK(ops::code_values(relu6.forward({x}, {}))
            .equal(at::tensor({0.0F, 0.0F, 48.0F, 48.0F}).view({1, 4})));  // 48 / 8 is 6
}

TEST_CASE("A ReLU6 ends at 6 whatever the scale of its codes", "[pool]") {
  at::manual_seed(4);
  nn::Add add;
  add.activation = nn::Activation::kRelu6;
  fill_slot(add, 0.0F, 8.0F);  // as a power of two or a learned range may have it
  const Signal a = random_codes({2, 3, 4, 4}, QParams{0.05F, 10});
  const Signal sum = add.forward({a, a}, quant::Pass::kInteger);
  const float scale = sum.qparams->scale;
  CHECK(ops::real_values(sum).max().item<float>() == Approx(6.0F).margin(scale / 2));
  CHECK(add.requantization({0.05F, 0.05F}).upper == 191);  // round(6 / (8 / 255))
}

TEST_CASE("A lone batch norm has weights that are exact, in images and in features", "[pool]") {
  at::manual_seed(5);
  auto norm = std::make_shared<nn::BatchNorm2d>(6);
  {
    const at::NoGradGuard no_grad;
    norm->weight.copy_(at::randn({6}));
    norm->bias.copy_(at::randn({6}));
    norm->running_mean.copy_(at::randn({6}));
    norm->running_var.copy_(at::rand({6}) + 0.5);
  }
  nn::ChannelAffine affine(norm);
  affine.set_weight_quantizer(std::make_shared<quant::WeightQuantizer>(
      nn::ChannelAffine::weight_scheme(), quant::RangeMethod::kLatest, 6, quant::ScaleGrid::kAny));
  affine.weight_quantizer->observe(affine.folded_weight(), Pass::kQuantize);
  fill_slot(affine, -8.0F, 8.0F);
  const nn::WeightCodes codes = affine.weight_codes(0.02F);
  CHECK(codes.levels.abs().eq(127).all().item<bool>());
  CHECK(at::allclose(codes.levels.flatten() * at::tensor(codes.scales), norm->fold_factor(), 1e-6));
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{3, 6, 4, 5}, {3, 6}}) {
    const Signal x = random_codes(shape, QParams{0.02F, 120});
    const at::NoGradGuard no_grad;
    const Signal y = affine.forward({x}, quant::Pass::kInteger);
    const at::Tensor expected = norm->forward({reals(ops::real_values(x))}, {}).values;
    const float half_a_code = y.qparams->scale / 2;
    CHECK((ops::real_values(y) - expected).abs().max().item<float>() < 1.1F * half_a_code);
  }
}

TEST_CASE("Among powers of two no weight of a lone batch norm is clipped", "[pool]") {
  at::manual_seed(6);
  auto norm = std::make_shared<nn::BatchNorm2d>(50);
  {
    const at::NoGradGuard no_grad;
    norm->weight.copy_(at::randn({50}));
  }
  nn::ChannelAffine affine(norm);
  affine.set_weight_quantizer(std::make_shared<quant::WeightQuantizer>(
      nn::ChannelAffine::weight_scheme(), quant::RangeMethod::kLatest, 50,
      quant::ScaleGrid::kPowerOfTwo));
  affine.weight_quantizer->observe(affine.folded_weight(), Pass::kQuantize);
  const nn::WeightCodes codes = affine.weight_codes(0.02F);
  const at::Tensor found = codes.levels.flatten() * at::tensor(codes.scales);
  CHECK(codes.levels.abs().ge(63).all().item<bool>());
  CHECK((found / norm->fold_factor() - 1).abs().max().item<float>() < 0.5F / 63);
}
