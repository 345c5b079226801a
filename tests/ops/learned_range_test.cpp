#include "ops/learned_range.h"

#include <ATen/ATen.h>

#include "catch.h"
#include "floatsd/core/error.h"
#include "quant/quantizer.h"

using namespace floatsd;
using namespace floatsd::ops;
using namespace floatsd::quant;

namespace {

/// The gradients that {min, max} get from codes with gradient 1, 2, 3 ...
std::pair<at::Tensor, at::Tensor> gradients_of(const at::Tensor& bytes, QParams qparams) {
  const at::Tensor min = at::zeros({1}).requires_grad_();
  const at::Tensor max = at::ones({1}).requires_grad_();
  const at::Tensor values = (bytes.to(at::kFloat) - qparams.zero_point).clone().requires_grad_();
  const Codes codes = learn_range(to_codes(values, qparams.zero_point), qparams, min, max);
  CHECK(at::equal(codes.bytes, bytes));
  const at::Tensor upstream = at::arange(1, bytes.numel() + 1, at::kFloat).view_as(bytes);
  code_values(codes, qparams.zero_point).backward(upstream);
  CHECK(at::equal(values.grad(), upstream));
  return {min.grad(), max.grad()};
}

}  // namespace

TEST_CASE("The ends of a learned range get the gradients of the codes that lie there",
          "[learned range]") {
  const at::Tensor bytes = at::tensor({0, 255, 7, 255, 0, 254}, at::kByte).reshape({2, 3});
  const auto [min, max] = gradients_of(bytes, {.scale = 0.5F, .zero_point = 3});
  CHECK(max.item<float>() == (2 + 4) / 0.5F);
  CHECK(min.item<float>() == (1 + 5) / 0.5F);
}

TEST_CASE("Where code 0 is the value 0, the lower end learns nothing", "[learned range]") {
  const at::Tensor bytes = at::tensor({0, 255}, at::kByte).reshape({1, 2});
  const auto [min, max] = gradients_of(bytes, {.scale = 2.0F, .zero_point = 0});
  CHECK_FALSE(min.defined());
  CHECK(max.item<float>() == 1.0F);
}

TEST_CASE("A learned range's gradient does not depend on how images lie in memory",
          "[learned range]") {
  at::manual_seed(1);
  const at::Tensor bytes = at::randint(250, 256, {2, 3, 40, 90}, at::kByte);
  const auto expected =
      (bytes == 255).to(at::kDouble) * at::arange(1, bytes.numel() + 1, at::kDouble).view_as(bytes);
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const auto max = gradients_of(bytes.contiguous(format), {.scale = 1, .zero_point = 0}).second;
    CHECK(max.item<float>() == expected.sum().to(at::kFloat).item<float>());
  }
}

TEST_CASE("A learned range is an average until it is quantized by, and then stands", "[observer]") {
  OutputQuantizer quantizer(RangeMethod::kLearned);
  CHECK_FALSE(quantizer.has_range());
  CHECK(quantizer.parameters().size() == 2);
  quantizer.observe({{-2.0F}, {3.1F}}, Pass::kObserve);
  quantizer.observe({{98.0F}, {-151.9F}}, Pass::kObserve);  // one hundredth of it
  const QParams observed = quantizer.qparams();
  CHECK(observed == QParams{0.01F, 100});
  quantizer.observe({{-3.0F}, {9.0F}}, Pass::kQuantize);
  CHECK(quantizer.qparams() == observed);
  quantizer.parameters()[1].detach().fill_(-2.0F);  // beyond the lower end: no range any more
  quantizer.observe({{-3.0F}, {9.0F}}, Pass::kQuantize);
  CHECK(quantizer.qparams().scale == 12.0F / 255);
  quantizer.parameters()[0].detach().fill_(NAN);
  CHECK_THROWS_AS(quantizer.observe({{-3.0F}, {9.0F}}, Pass::kQuantize), Diverged);
  for (const float end : {-INFINITY, INFINITY}) {
    quantizer.parameters()[0].detach().fill_(end);
    CHECK_THROWS_AS(quantizer.observe({{-3.0F}, {9.0F}}, Pass::kQuantize), Diverged);
    CHECK_THROWS_AS(quantizer.qparams(), Diverged);
  }
}

TEST_CASE("A learned range without an observing phase begins at the first quantized batch",
          "[observer]") {
  OutputQuantizer quantizer(RangeMethod::kLearned);
  quantizer.observe({{-1.0F}, {1.55F}}, Pass::kQuantize);
  CHECK(quantizer.qparams() == QParams{0.01F, 100});
}

TEST_CASE("The learned range of an output that is all 0 is a range", "[observer]") {
  OutputQuantizer quantizer(RangeMethod::kLearned);
  OutputQuantizer observing(RangeMethod::kMinMax);
  quantizer.observe({{0.0F}, {0.0F}}, Pass::kQuantize);
  observing.observe({{0.0F}, {0.0F}}, Pass::kQuantize);
  CHECK(quantizer.has_range());
  CHECK(quantizer.qparams() == observing.qparams());
  quantizer.observe({{0.0F}, {2.55F}}, Pass::kQuantize);  // it came to life
  CHECK(quantizer.qparams() == QParams{0.01F, 0});
}
