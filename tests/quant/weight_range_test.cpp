#include "quant/weight_range.h"

#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"
#include "ops/fake_quantize.h"
#include "quant/choose_qparams.h"
#include "quant/quantizer.h"

using namespace floatsd;
using namespace floatsd::ops;
using namespace floatsd::quant;

namespace {

std::vector<float> scales_of(const at::Tensor& weights, const std::string& text,
                             ScaleGrid grid = ScaleGrid::kAny) {
  const WeightScheme scheme = parse_weight_scheme(text);
  return choose_weight_scales(choose_weight_range(weights, scheme, grid), *scheme.codebook, grid);
}

/// sum (w - level scale)^2 of the whole tensor.
double squared_error(const at::Tensor& weights, const std::vector<float>& scales,
                     const Codebook& codebook) {
  std::vector<int64_t> shape(weights.dim(), 1);
  shape[0] = static_cast<int64_t>(scales.size());
  const at::Tensor scale = at::tensor(scales).reshape(shape);
  return (weights - quantize_weights(weights, scales, codebook) * scale)
      .to(at::kDouble)
      .square()
      .sum()
      .item<double>();
}

}  // namespace

TEST_CASE("A scheme's third part says how its scale is chosen", "[scheme]") {
  for (const char* text : {"floatsd4:per-channel", "int8:per-tensor:mse",
                           "int4:per-channel:percentile", "apot4:per-tensor:learned"}) {
    CHECK(to_string(parse_weight_scheme(text)) == text);
  }
  CHECK(to_string(parse_weight_scheme("int8:per-tensor:max")) == "int8:per-tensor");
  CHECK_THROWS_WITH(
      parse_weight_scheme("int8:per-tensor:msr"),
      Catch::Contains("'int8:per-tensor:msr': scale 'msr'") && Catch::Contains("mse"));
  CHECK_THROWS_AS(parse_weight_scheme("int8:per-tensor:mse:mse"), Error);
}

TEST_CASE("Weights that are levels already have the scale that holds them", "[weight range]") {
  const at::Tensor levels = at::tensor({-7.0F, 7.0F, 3.0F, 1.0F, 0.0F, -2.0F}).reshape({2, 3});
  CHECK(scales_of(levels * 0.25F, "int4:per-tensor:mse") == std::vector<float>{0.25F});
}

TEST_CASE("The least squared error is never above the largest weight's, in any format",
          "[weight range]") {
  at::manual_seed(3);
  const at::Tensor weights = at::randn({6, 40}) * at::logspace(-3, 2, 6).unsqueeze(1);
  for (const Codebook& codebook : codebooks()) {
    INFO(codebook.name);
    for (const std::string granularity : {":per-tensor", ":per-channel"}) {
      const std::string text = codebook.name + granularity;
      const double chosen = squared_error(weights, scales_of(weights, text + ":mse"), codebook);
      CHECK(chosen <= squared_error(weights, scales_of(weights, text), codebook));
    }
  }
}

TEST_CASE("Normal weights in few levels are cut where theory says", "[weight range]") {
  // Max 1960: three levels 0, +-s of least error for a normal distribution have s = 1.224.
  at::manual_seed(5);
  const float scale = scales_of(at::randn({200000}), "int2:per-tensor:mse").front();
  CHECK(scale > 1.224F / 1.06F);  // the search's steps are a factor of 1.09 apart
  CHECK(scale < 1.224F * 1.06F);
}

TEST_CASE("A percentile leaves out one weight of a thousand", "[weight range]") {
  const at::Tensor weights = at::arange(1, 2002, at::kFloat).reshape({1, 2001});
  const Range range =
      choose_weight_range(-weights, parse_weight_scheme("int8:per-tensor:percentile"));
  CHECK(range.max == std::vector<float>{1999.0F});  // two of 2001 are larger
  CHECK(range.min == std::vector<float>{-1999.0F});
  CHECK(choose_weight_range(at::arange(1, 10, at::kFloat).reshape({1, 9}),
                            parse_weight_scheme("int8:per-channel:percentile"))
            .max == std::vector<float>{9.0F});
}

TEST_CASE("On a grid of powers of two the better of them is chosen", "[weight range]") {
  at::manual_seed(7);
  const at::Tensor weights = at::randn({8, 64});
  for (const char* name : {"int8", "int4", "floatsd4"}) {
    INFO(name);
    const std::string text = std::string(name) + ":per-channel";
    const auto nearest = scales_of(weights, text, ScaleGrid::kPowerOfTwo);
    const auto best = scales_of(weights, text + ":mse", ScaleGrid::kPowerOfTwo);
    for (const float scale : best) {
      int exponent = 0;
      CHECK(std::frexp(scale, &exponent) == 0.5F);
    }
    CHECK(squared_error(weights, best, find_codebook(name)) <=
          squared_error(weights, nearest, find_codebook(name)));
  }
}

TEST_CASE("Weights that are all zero have the smallest scale, and weights with NaN are refused",
          "[weight range]") {
  for (const char* text : {"floatsd4:per-tensor:mse", "int8:per-tensor:percentile"}) {
    CHECK(scales_of(at::zeros({4}), text) == std::vector<float>{kSmallestScale});
    WeightQuantizer quantizer(parse_weight_scheme(text), RangeMethod::kMinMax, 4);
    CHECK_THROWS_AS(quantizer.observe(at::tensor({1.0F, NAN, 0.0F, 2.0F})), Diverged);
  }
}

TEST_CASE("A learned scale starts from the least squared error and is then left to gradients",
          "[learned scale]") {
  at::manual_seed(9);
  const at::Tensor weights = at::randn({3, 50});
  WeightQuantizer quantizer(parse_weight_scheme("int4:per-channel:learned"),
                            RangeMethod::kMovingAverage, 3);
  CHECK(quantizer.scales() == std::vector<float>(3, 1.0F));
  quantizer.observe(weights / 3, Pass::kObserve);
  quantizer.observe(weights, Pass::kObserve);  // the last counts, while nothing is quantized
  const std::vector<float> first = scales_of(weights, "int4:per-channel:mse");
  CHECK(quantizer.scales() == first);

  quantizer.learned_scale().detach()[1] = -0.5F;
  quantizer.observe(weights * 2, Pass::kQuantize);
  CHECK(quantizer.scales()[0] == first[0]);
  CHECK(quantizer.scales()[1] == scales_of(weights * 2, "int4:per-channel:mse")[1]);

  quantizer.learned_scale().detach()[2] = NAN;
  CHECK_THROWS_AS(quantizer.observe(weights, Pass::kQuantize), Diverged);
}

TEST_CASE("Levels twice as far apart learn half the scale by half the gradient",
          "[learned scale]") {
  at::manual_seed(12);
  const at::Tensor weights = at::randn({4, 50});
  const at::Tensor upstream = at::randn({4, 50});
  const auto learned_gradient = [&](const char* format, float scale) {
    const at::Tensor learned = at::tensor({scale}).requires_grad_();
    // backward takes d level, which is d (level * scale) * scale
    quantize_weights(weights, {scale}, find_codebook(format), learned).backward(upstream * scale);
    return learned.grad().item<float>();
  };
  const float of_integers = learned_gradient("int4", 0.2F);
  CHECK_THAT(learned_gradient("even{0/2/4/6/8/10/12/14}", 0.1F),
             Catch::Matchers::WithinRel(of_integers / 2, 1e-5F));
}

TEST_CASE("A learned scale moves in proportion to its weights in every format", "[learned scale]") {
  at::manual_seed(13);
  const at::Tensor weights = at::randn({1000});
  for (const Codebook& codebook : codebooks()) {
    CAPTURE(codebook.name);
    const std::vector<float> scales = scales_of(weights, codebook.name + ":per-tensor:mse");
    double squares = 0;
    constexpr int kDraws = 100;
    for (int draw = 0; draw < kDraws; ++draw) {
      const at::Tensor learned = at::tensor(scales).requires_grad_();
      const at::Tensor w = weights.clone().requires_grad_();
      quantize_weights(w, scales, codebook, learned).backward(at::randn({1000}));
      const double of_scale = learned.grad().item<float>() / scales[0];
      const double of_weights = (w.grad().norm() / weights.norm()).item<double>();
      squares += of_scale * of_scale / (of_weights * of_weights) / kDraws;
    }
    // The scale of least squared error clips a few weights of INT5 and INT6, and each of them
    // counts with a whole level, 15 or 31.
    const bool clips = codebook.name == "int5" || codebook.name == "int6";
    CHECK(std::sqrt(squares) < (clips ? 2.5 : 1.5));
    CHECK(std::sqrt(squares) > 0.2);
  }
}

TEST_CASE("A learned scale's gradient counts in the mean step of uneven levels",
          "[learned scale]") {
  // Levels 0, 1, 3: thresholds 0.5 and 2, clip 4, a mean step of 1.5. 1.75 rounds to 1, 3.5 to 3,
  // and 5 lies beyond clip.
  const at::Tensor weights = at::tensor({0.875F, -1.75F, 2.5F});
  const at::Tensor learned = at::tensor({0.5F}).requires_grad_();
  quantize_weights(weights, {0.5F}, find_codebook("uneven{0/1/3}"), learned)
      .backward(at::tensor({1.0F, 10.0F, 100.0F}));
  const double of_scale = (1 * (1 - 1.75) + 10 * (-3 + 3.5) + 100 * 3) / 0.5;
  const double of_step = of_scale / 1.5 / std::sqrt(3 * (3 / 1.5));  // as LSQ has it
  CHECK(learned.grad().item<double>() == Approx(of_step / 1.5).epsilon(1e-6));
}

TEST_CASE("A learned scale's gradient is that of rounding straight through", "[learned scale]") {
  at::manual_seed(11);
  const Codebook& codebook = find_codebook("int4");
  const at::Tensor weights = at::randn({3, 2, 5, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor upstream = at::randn({3, 2, 5, 5});
  for (const std::vector<float>& scales :
       {std::vector<float>{0.2F}, std::vector<float>{0.1F, 0.2F, 0.4F}}) {
    const auto count = static_cast<int64_t>(scales.size());
    const at::Tensor learned = at::tensor(scales).requires_grad_();
    // d (level * scale) = grad / scale each, as in quantize_weights
    quantize_weights(weights, scales, codebook, learned).backward(upstream);

    const at::Tensor scale = at::tensor(scales).requires_grad_();
    const at::Tensor s = scale.reshape({count, 1, 1, 1});
    const at::Tensor u = (weights / s).clamp(-codebook.clip, codebook.clip);
    const at::Tensor level = u + (u.round().clamp(-7, 7) - u).detach();
    const at::Tensor inside = (weights / s).abs() < codebook.clip;
    const at::Tensor through = at::where(inside, level, level.detach());
    (through * s).backward(upstream / s.detach());
    const double factor = 1 / std::sqrt(double(weights.numel()) / double(count) * 7);
    CHECK(at::allclose(learned.grad(), scale.grad() * factor, 1e-5, 1e-6));
  }
}
