#include "nn/join.h"

#include "nn/pool.h"
#include "nn/rearrange.h"

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "catch.h"
#include "nn/layer.h"
#include "quant/quantizer.h"

using namespace floatsd;
using ops::Signal;
using quant::Pass;

namespace {

/// Gives the block an output of that range: what a batch with those extremes would leave.
void fill_slot(nn::QuantizedBlock& block, float min, float max) {
  block.set_output_quantizer(std::make_shared<quant::OutputQuantizer>(quant::RangeMethod::kMinMax));
  block.output_quantizer->observe({{min}, {max}});
}

Signal row(const std::vector<float>& values, std::optional<QParams> qparams) {
  const at::Tensor x = at::tensor(values).reshape({1, 1, 1, -1});
  return qparams ? ops::code_signal(x, *qparams) : Signal{x, std::nullopt};
}

std::vector<float> listed(const at::Tensor& t) {
  const at::Tensor dense = t.contiguous();
  return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

/// Reals, or codes less their zero point.
std::vector<float> listed(const Signal& signal) {
  return listed(signal.qparams ? ops::code_values(signal) : signal.values);
}

Signal random_codes(const std::vector<int64_t>& shape, QParams qparams) {
  return ops::code_signal((at::randint(0, 256, shape) - qparams.zero_point).to(at::kFloat),
                          qparams);
}

}  // namespace

TEST_CASE("Codes of two scales are added as by hand", "[join]") {
  nn::Add add;
  fill_slot(add, -64.0F, 63.5F);  // scale 1/2, zero point 128
  const Signal a = row({3, -5, 127, -128, 0, 1}, QParams{0.5F, 128});
  const Signal b = row({1, -3, 10, -4, -1, -2}, QParams{0.25F, 64});
  // floor(a + b / 2 + 1/2), within -128..127
  const Signal sum = add.forward({a, b}, quant::Pass::kInteger);
  CHECK(listed(sum) == std::vector<float>{4, -6, 127, -128, 0, 0});
  CHECK(*sum.qparams == QParams{0.5F, 128});
  CHECK(listed(add.forward({b, a}, quant::Pass::kInteger)) == listed(sum));
  add.activation = nn::Activation::kRelu;
  CHECK(listed(add.forward({a, b}, quant::Pass::kInteger)) ==
        std::vector<float>{4, 0, 127, 0, 0, 0});
}

TEST_CASE("Any two tensors of codes are added as integers by hand are", "[join]") {
  at::manual_seed(1);
  struct Case {
    QParams a, b;
    float min, max;
    nn::Activation activation;
  };
  for (const Case& c : std::vector<Case>{{{0.03F, 7}, {0.011F, 255}, -3, 5, nn::Activation::kNone},
                                         {{0.03F, 0}, {0.2F, 128}, 0, 9, nn::Activation::kRelu},
                                         {{0.5F, 3}, {0.5F, 3}, 0, 6, nn::Activation::kRelu6}}) {
    nn::Add add;
    add.activation = c.activation;
    fill_slot(add, c.min, c.max);
    const Signal a = random_codes({2, 3, 5, 4}, c.a);
    const Signal b = random_codes({2, 3, 5, 4}, c.b);
    const Signal sum = add.forward({a, b}, quant::Pass::kInteger);
    const QParams out = add.output_quantizer->qparams();
    AddRequantize by = choose_add_requantize({c.a.scale, c.b.scale}, out);
    by.relu = c.activation != nn::Activation::kNone;
    std::vector<float> expected;
    for (int64_t i = 0; i < a.codes.bytes.numel(); ++i) {
      expected.push_back(static_cast<float>(
          add_codes(static_cast<int32_t>(listed(a)[static_cast<size_t>(i)]),
                    static_cast<int32_t>(listed(b)[static_cast<size_t>(i)]), by) -
          out.zero_point));
    }
    CHECK(listed(sum) == expected);
  }
}

TEST_CASE("The range of a sum follows while quantizing and stands when frozen", "[join]") {
  nn::Add add;
  add.activation = nn::Activation::kRelu6;
  fill_slot(add, 0.0F, 1.0F);
  const Signal a = row({1, -9, 2}, QParams{0.5F, 10});
  const Signal b = row({2, 0, 40}, QParams{0.25F, 10});
  add.forward({a, b}, quant::Pass::kInteger);
  CHECK(add.output_quantizer->qparams() == QParams{1.0F / 255, 0});
  add.forward({a, b}, quant::Pass::kBatchNormFrozen);  // 1, -4.5, 11: cut to 0..6
  CHECK(add.output_quantizer->qparams() == QParams{6.0F / 255, 0});
  add.activation = nn::Activation::kNone;
  add.forward({a, b}, quant::Pass::kBatchNormFrozen);
  CHECK(add.output_quantizer->qparams() == QParams{15.5F / 255, 74});  // 4.5 / 15.5 of 255
}

TEST_CASE("Reals are added in a float and in an observing pass", "[join]") {
  nn::Add add;
  add.activation = nn::Activation::kRelu6;
  const Signal a = row({1, -3, 5}, std::nullopt);
  const Signal b = row({0.5F, 2, 2}, std::nullopt);
  CHECK(listed(add.forward({a, b}, quant::Pass::kFloat)) == std::vector<float>{1.5F, 0, 6});
  add.set_output_quantizer(std::make_shared<quant::OutputQuantizer>(quant::RangeMethod::kMinMax));
  const Signal sum = add.forward({a, b}, quant::Pass::kObserve);
  CHECK(listed(sum) == std::vector<float>{1.5F, 0, 6});
  CHECK_FALSE(sum.qparams);
  CHECK(add.output_quantizer->qparams() == QParams{6.0F / 255, 0});
}

TEST_CASE("Gradients reach both inputs of a sum", "[join]") {
  nn::Add add;
  fill_slot(add, -64.0F, 63.5F);
  Signal a = row({3, 127}, QParams{0.5F, 128});
  Signal b = row({1, 10}, QParams{0.25F, 64});
  a.codes.edge.requires_grad_();
  b.codes.edge.requires_grad_();
  ops::code_values(add.forward({a, b}, quant::Pass::kInteger)).sum().backward();
  CHECK(listed(a.codes.edge.grad()) == std::vector<float>{1, 0});  // the second is clamped
  CHECK(listed(b.codes.edge.grad()) == std::vector<float>{0.5F, 0});
}

TEST_CASE("The mean of four codes is rounded once, half up, as by hand", "[join]") {
  nn::GlobalAveragePool pool;
  fill_slot(pool, -64.0F, 63.5F);  // scale 1/2, zero point 128
  const Signal x = ops::code_signal(at::tensor({1.0F, 2.0F, 3.0F, 4.0F, -1.0F, -2.0F, -3.0F, -4.0F,
                                                200.0F, 200.0F, 200.0F, 200.0F})
                                        .reshape({1, 3, 2, 2}),
                                    QParams{0.5F, 50});
  const Signal mean = pool.forward({x}, quant::Pass::kInteger);
  CHECK(listed(mean) == std::vector<float>{3, -2, 127});  // 2.5, -2.5, 200
  CHECK(mean.codes.bytes.sizes().vec() == std::vector<int64_t>{1, 3});
}

TEST_CASE("The mean of any codes is their sum requantized", "[join]") {
  at::manual_seed(2);
  nn::GlobalAveragePool pool;
  fill_slot(pool, -1.0F, 2.0F);
  const QParams input{0.04F, 90};
  const Signal x = random_codes({3, 5, 4, 7}, input);
  const QParams out = pool.output_quantizer->qparams();
  const FixedPoint by = average_multiplier(input.scale, 28, out.scale);
  const at::Tensor sums = ops::code_values(x).to(at::kLong).sum({2, 3}).contiguous();
  std::vector<float> expected;
  for (int64_t i = 0; i < sums.numel(); ++i) {
    expected.push_back(static_cast<float>(
        requantize(sums.data_ptr<int64_t>()[i], by, out.zero_point, kMinCode) - out.zero_point));
  }
  CHECK(listed(pool.forward({x}, quant::Pass::kInteger)) == expected);
}

TEST_CASE("The mean of reals is their mean, and its range is observed", "[join]") {
  nn::GlobalAveragePool pool;
  pool.set_output_quantizer(std::make_shared<quant::OutputQuantizer>(quant::RangeMethod::kMinMax));
  const Signal x{at::tensor({1.0F, 2.0F, -3.0F, -6.0F}).reshape({1, 2, 1, 2}), std::nullopt};
  CHECK(listed(pool.forward({x}, quant::Pass::kObserve)) == std::vector<float>{1.5F, -4.5F});
  CHECK(pool.output_quantizer->qparams() == QParams{6.0F / 255, 191});  // 4.5 / 6 of 255: 191.25
}

TEST_CASE("Downsampling takes every second pixel and adds channels of zeros around", "[join]") {
  nn::Downsample downsample({.stride = 2, .channels_before = 1, .channels_after = 2});
  const Signal x =
      ops::code_signal(at::arange(9).to(at::kFloat).reshape({1, 1, 3, 3}) + 1, QParams{0.5F, 40});
  const Signal y = downsample.forward({x}, quant::Pass::kInteger);
  CHECK(y.codes.bytes.sizes().vec() == std::vector<int64_t>{1, 4, 2, 2});
  CHECK(listed(y) == std::vector<float>{0, 0, 0, 0, 1, 3, 7, 9, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(*y.qparams == *x.qparams);
  const Signal even =
      downsample.forward({{at::ones({2, 3, 4, 6}), std::nullopt}}, quant::Pass::kFloat);
  CHECK(even.values.sizes().vec() == std::vector<int64_t>{2, 6, 2, 3});
  CHECK_FALSE(even.qparams);
}
