#include "ops/kernels.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "catch.h"
#include "ops/fake_quantize.h"
#include "ops/range.h"
#include "ops/reference.h"

using floatsd::Codebook;
using floatsd::FixedPoint;
using floatsd::Requantize;
namespace ops = floatsd::ops;
namespace kernels = floatsd::ops::kernels;

namespace {

/// Values that lie on, just below and just above every threshold, and the odd ones.
std::vector<float> difficult_values(const Codebook& book) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> values = {0.0F, -0.0F, std::numeric_limits<float>::denorm_min(), kInfinity,
                               std::numeric_limits<float>::quiet_NaN()};
  for (const float t : book.thresholds) {
    values.insert(values.end(), {t, std::nextafter(t, 0.0F), std::nextafter(t, kInfinity)});
  }
  for (int i = 0; i < 500; ++i) {
    values.push_back(static_cast<float>(std::sin(i) * 1.5 * book.max_level()));
  }
  const size_t count = values.size();
  for (size_t i = 0; i < count; ++i) {
    values.push_back(-values[i]);
  }
  return values;
}

Requantize random_constants(int64_t channels, int32_t zero_point, bool relu, std::mt19937& random) {
  Requantize r{.output = {0.5F, zero_point}, .relu = relu};
  for (int64_t c = 0; c < channels; ++c) {
    r.bias.push_back(static_cast<int32_t>(random() % 20001) - 10000);
    r.multipliers.push_back({static_cast<int32_t>((1 << 15) + random() % (1 << 15)),
                             static_cast<int32_t>(1 + random() % 47)});
  }
  return r;
}

/// Integers of all magnitudes below 2^24, in the shape given.
at::Tensor random_accumulators(std::vector<int64_t> shape, std::mt19937& random) {
  at::Tensor t = at::empty(shape);
  auto* value = t.data_ptr<float>();
  for (int64_t i = 0; i < t.numel(); ++i) {
    const auto magnitude = static_cast<int32_t>((random() & 0xFFFFFF) >> (random() % 24));
    value[i] = static_cast<float>(random() % 2 == 0 ? magnitude : -magnitude);
  }
  return t;
}

}  // namespace

TEST_CASE("Kernel, reference and definition pick the same level for difficult weights",
          "[kernels]") {
  for (const Codebook& book : floatsd::codebooks()) {
    INFO(book.name);
    for (const float scale : {1.0F, 0.25F, 0.0123F}) {
      std::vector<float> weights = difficult_values(book);
      for (float& w : weights) {
        w *= scale;
      }
      std::vector<float> levels(weights.size());
      kernels::nearest_levels(weights, scale, book, levels);
      const at::Tensor reference =
          ops::reference::nearest_levels(at::tensor(weights), {scale}, book);
      for (size_t i = 0; i < weights.size(); ++i) {
        INFO("w = " << weights[i] << ", scale = " << scale);
        REQUIRE(levels[i] == static_cast<float>(floatsd::nearest_level(book, weights[i], scale)));
        REQUIRE(levels[i] == reference[static_cast<int64_t>(i)].item<float>());
      }
    }
  }
}

TEST_CASE("Kernel, reference and definition requantize to the same code", "[kernels]") {
  std::mt19937 random(3);
  const std::vector<std::vector<int64_t>> shapes = {{1, 1, 1, 1}, {5, 3, 7, 1}, {2, 17, 4, 4},
                                                    {3, 3},       {1, 2, 7, 7}, {0, 3, 2, 2}};
  for (const auto& shape : shapes) {
    for (const int32_t zero_point : {0, 3, 255}) {
      for (const bool relu : {false, true}) {
        const Requantize r = random_constants(shape[1], zero_point, relu, random);
        const at::Tensor acc = random_accumulators(shape, random);
        const at::Tensor codes = ops::quantize_outputs(acc, at::zeros({shape[1]}), r).contiguous();
        const auto [reference, mask] = ops::reference::output_codes(acc, r);
        REQUIRE(at::equal(codes, reference));
        REQUIRE(at::equal(ops::quantize_outputs(acc.to(at::kDouble), at::zeros({shape[1]}), r),
                          reference));
        const int64_t plane = acc.numel() == 0 ? 1 : acc.numel() / (shape[0] * shape[1]);
        for (int64_t i = 0; i < acc.numel(); ++i) {
          const int64_t c = i / plane % shape[1];
          const auto sum = static_cast<int64_t>(acc.data_ptr<float>()[i]) + r.bias[c];
          REQUIRE(codes.data_ptr<float>()[i] ==
                  static_cast<float>(
                      floatsd::requantize(sum, r.multipliers[c], zero_point, r.lower_code()) -
                      zero_point));
        }
      }
    }
  }
}

TEST_CASE("Accumulators at the limit of 32 bits requantize exactly", "[kernels]") {
  const double limit = 2147483647.0;
  const at::Tensor acc = at::tensor({limit, -limit, limit - 1, 0.0}, at::kDouble).reshape({4, 1});
  for (int32_t shift = 1; shift <= 47; ++shift) {
    const Requantize r{.bias = {0}, .multipliers = {{65535, shift}}, .output = {1.0F, 128}};
    REQUIRE(at::equal(ops::quantize_outputs(acc, at::zeros({1}), r),
                      ops::reference::output_codes(acc, r).first));
  }
}

TEST_CASE("Gradients equal the reference's, on any number of threads", "[kernels]") {
  std::mt19937 random(5);
  const Requantize r = random_constants(17, 9, false, random);
  const at::Tensor acc = random_accumulators({6, 17, 5, 5}, random);
  const at::Tensor upstream = at::randn({6, 17, 5, 5});
  std::vector<at::Tensor> first;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    const at::Tensor input = acc.clone().requires_grad_();
    const at::Tensor bias = at::zeros({17}).requires_grad_();
    ops::quantize_outputs(input, bias, r).backward(upstream);
    const auto [mask_codes, mask] = ops::reference::output_codes(acc, r);
    const auto [acc_gradient, bias_gradient] = ops::reference::output_gradients(upstream, mask, r);
    CHECK(at::equal(input.grad(), acc_gradient));
    CHECK(at::allclose(bias.grad(), bias_gradient, 1e-5, 1e-5));
    if (first.empty()) {
      first = {input.grad(), bias.grad()};
    }
    CHECK(at::equal(input.grad(), first[0]));
    CHECK(at::equal(bias.grad(), first[1]));
  }
}

TEST_CASE("The gradient passes where the code was not clamped", "[kernels]") {
  // Multiplier 1, zero point 10: codes are acc + 10.
  const Requantize plain{.bias = {0}, .multipliers = {{1 << 15, 15}}, .output = {0.25F, 10}};
  Requantize relu = plain;
  relu.relu = true;
  const auto gradients = [](const Requantize& r) {
    const at::Tensor acc =
        at::tensor({-11.0F, -10.0F, 0.0F, 1.0F, 245.0F, 246.0F}).reshape({6, 1}).requires_grad_();
    const at::Tensor bias = at::zeros({1}).requires_grad_();
    ops::quantize_outputs(acc, bias, r).sum().backward();
    return std::pair{acc.grad().flatten(), bias.grad().item<float>()};
  };
  const auto [plain_acc, plain_bias] = gradients(plain);
  CHECK(at::equal(plain_acc, at::tensor({0.0F, 1.0F, 1.0F, 1.0F, 1.0F, 0.0F})));
  CHECK(plain_bias == 4 / 0.25F);
  const auto [relu_acc, relu_bias] = gradients(relu);
  CHECK(at::equal(relu_acc, at::tensor({0.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F})));
  CHECK(relu_bias == 2 / 0.25F);
}

TEST_CASE("A weight's gradient passes inside the clip, zero region included", "[kernels]") {
  const std::vector<float> scales = {0.5F, 2.0F};
  const at::Tensor w =
      at::tensor({0.1F, -20.0F, 45.2F, 46.0F, 0.0F, 100.0F, -181.0F, -182.0F}).reshape({2, 4});
  const at::Tensor weights = w.clone().requires_grad_();
  ops::quantize_weights(weights, scales, floatsd::find_codebook("floatsd4")).sum().backward();
  CHECK(at::equal(weights.grad(),  // u = 0.2, 40, 90.4, 92; 0, 50, 90.5, 91
                  at::tensor({2.0F, 2.0F, 2.0F, 0.0F, 0.5F, 0.5F, 0.5F, 0.0F}).reshape({2, 4})));
}

TEST_CASE("A weight's gradient equals the reference's in either memory format", "[kernels]") {
  const auto& book = floatsd::find_codebook("floatsd4");
  const at::Tensor w = at::randn({5, 3, 3, 3}) * 80;
  const at::Tensor upstream = at::randn({5, 3, 3, 3});
  for (const auto& scales : {std::vector<float>{1.0F}, std::vector<float>{1, 2, 0.5F, 3, 0.1F}}) {
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      const at::Tensor weights = w.contiguous(format).clone().requires_grad_();
      const at::Tensor levels = ops::quantize_weights(weights, scales, book);
      CHECK(at::equal(levels, ops::reference::nearest_levels(w, scales, book)));
      levels.backward(upstream);
      CHECK(at::equal(weights.grad(),
                      ops::reference::level_gradients(w, scales, book.clip, upstream)));
    }
  }
}

TEST_CASE("A channel's range is that of all its planes", "[kernels]") {
  std::mt19937 random(9);
  const at::Tensor acc = random_accumulators({4, 3, 5, 7}, random);
  const auto listed = [](const at::Tensor& t) {
    return std::vector<float>(t.data_ptr<float>(), t.data_ptr<float>() + t.numel());
  };
  const ops::Range range = ops::channel_range(acc);
  CHECK(range.min == listed(acc.amin({0, 2, 3})));
  CHECK(range.max == listed(acc.amax({0, 2, 3})));
  CHECK(ops::channel_range(acc.to(at::kDouble)).max == range.max);
}

TEST_CASE("A slice's extremes are found at any length, and poisoned by what is not finite",
          "[kernels]") {
  for (const int64_t length : {1, 15, 16, 17, 33, 100}) {
    for (int64_t place = 0; place < length; ++place) {
      std::vector<float> values(static_cast<size_t>(length), 1.0F);
      values[place] = -2.0F;
      REQUIRE(kernels::extremes(values).first == -2.0F);
      values[place] = 3.0F;
      REQUIRE(kernels::extremes(values).second == 3.0F);
      values[place] = std::numeric_limits<float>::quiet_NaN();
      REQUIRE(std::isnan(kernels::extremes(values).first));
      values[place] = std::numeric_limits<float>::infinity();
      REQUIRE(std::isnan(kernels::extremes(values).second));
    }
  }
}

TEST_CASE("Codes become bytes and bytes codes", "[kernels]") {
  for (const int32_t zero_point : {0, 17, 255}) {
    std::vector<float> codes;
    for (int32_t byte = 0; byte < 256; ++byte) {
      codes.push_back(static_cast<float>(byte - zero_point));
    }
    codes.push_back(0);  // a tail
    std::vector<uint8_t> bytes(codes.size());
    kernels::to_bytes(codes, zero_point, bytes.data());
    for (size_t i = 0; i < 256; ++i) {
      REQUIRE(bytes[i] == i);
    }
    CHECK(bytes.back() == zero_point);
    std::vector<float> back(codes.size());
    kernels::from_bytes(bytes, zero_point, back.data());
    CHECK(back == codes);
  }
}
