#include "ops/normalize.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.h"
#include "ops/fake_quantize.h"
#include "ops/reference.h"

using namespace floatsd;
using ops::Normalization;

namespace {

constexpr double kEpsilon = 1e-5;

/// Integers in float32, channels-last, around a mean of each channel's own.
at::Tensor random_accumulators(const std::vector<int64_t>& shape) {
  const at::Tensor spread = at::randint(-2000, 2001, shape);
  const at::Tensor mean = at::randint(-500, 501, {1, shape[1], 1, 1});
  return (spread + mean).to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
}

ops::ChannelStatistics statistics(const at::Tensor& acc) {
  return ops::channel_statistics(ops::accumulators_of(acc));
}

/// Codes less their zero point.
at::Tensor normalized(const at::Tensor& acc, const at::Tensor& gamma, const at::Tensor& beta,
                      const Normalization& constants) {
  return ops::code_values(ops::normalize_outputs(ops::accumulators_of(acc), gamma, beta, constants),
                          constants.output.zero_point);
}

/// The constants of a batch whose unscaled convolution is acc * ratio[c].
Normalization constants_of(const at::Tensor& acc, const std::vector<double>& ratio, QParams output,
                           bool relu) {
  const ops::ChannelStatistics batch = statistics(acc);
  Normalization constants{.mean = batch.mean, .range = batch.range, .output = output, .relu = relu};
  for (size_t c = 0; c < ratio.size(); ++c) {
    const double variance = ratio[c] * ratio[c] * batch.variance[c];
    constants.inverse_deviation.push_back(ratio[c] / std::sqrt(variance + kEpsilon));
    constants.shrinkage.push_back(variance / (variance + kEpsilon));
  }
  return constants;
}

/// |a - b| <= tolerance |b|, as vectors.
bool close(const at::Tensor& a, const at::Tensor& b, double tolerance) {
  return (a - b).norm().item<double>() <= tolerance * b.norm().item<double>();
}

std::vector<float> listed(const at::Tensor& t) {
  const at::Tensor dense = t.contiguous();
  return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

}  // namespace

TEST_CASE("Statistics of two channels are as by hand", "[normalize]") {
  // [N = 2, C = 2, H = 1, W = 2]
  const at::Tensor acc =
      at::tensor({1.0F, 3.0F, -4.0F, -4.0F, 5.0F, 7.0F, -4.0F, -4.0F}).reshape({2, 2, 1, 2});
  const ops::ChannelStatistics s = statistics(acc);
  CHECK(s.count == 4);
  CHECK(s.mean == std::vector<double>{4, -4});
  CHECK(s.variance == std::vector<double>{5, 0});  // (9 + 1 + 1 + 9) / 4
  CHECK(s.range.min == std::vector<float>{1, -4});
  CHECK(s.range.max == std::vector<float>{7, -4});
}

TEST_CASE("One row has no variance", "[normalize]") {
  const ops::ChannelStatistics s =
      statistics(at::tensor({-3.0F, 0.0F, 1048576.0F}).reshape({1, 3, 1, 1}));
  CHECK(s.count == 1);
  CHECK(s.mean == std::vector<double>{-3, 0, 1048576});
  CHECK(s.variance == std::vector<double>{0, 0, 0});
}

TEST_CASE("Statistics of any shape are the exact sums, whatever the memory format or the threads",
          "[normalize]") {
  at::manual_seed(1);
  const int threads_before = at::get_num_threads();
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{
           {1, 1, 1, 1}, {3, 5, 7, 3}, {2, 17, 4, 4}, {8, 33, 16, 16}, {4, 3, 2, 1}}) {
    const at::Tensor acc = random_accumulators(shape);
    const auto count = static_cast<double>(acc.numel() / shape[1]);
    const at::Tensor sum = acc.to(at::kLong).sum({0, 2, 3}).to(at::kDouble);
    const at::Tensor squares = acc.to(at::kLong).square().sum({0, 2, 3}).to(at::kDouble);
    for (const int threads : {1, 2, 3}) {
      at::set_num_threads(threads);
      for (const at::Tensor& t : {acc, acc.contiguous()}) {
        const ops::ChannelStatistics s = statistics(t);
        REQUIRE(s.count == acc.numel() / shape[1]);
        REQUIRE(s.range.min == listed(acc.amin({0, 2, 3})));
        REQUIRE(s.range.max == listed(acc.amax({0, 2, 3})));
        for (int64_t c = 0; c < shape[1]; ++c) {
          const double mean = sum[c].item<double>() / count;
          REQUIRE(s.mean[c] == mean);
          REQUIRE(s.variance[c] == std::max(0.0, squares[c].item<double>() / count - mean * mean));
        }
      }
    }
  }
  at::set_num_threads(threads_before);
}

TEST_CASE("Normalized codes of four accumulators are as by hand", "[normalize]") {
  // mean 4, variance 5: with epsilon taken into the ratio, 1 / deviation = 1 / 2 at ratio 1.
  const at::Tensor acc = at::tensor({1.0F, 3.0F, 5.0F, 7.0F}).reshape({1, 1, 2, 2});
  Normalization constants{.mean = {4},
                          .inverse_deviation = {0.5},
                          .shrinkage = {0.8},
                          .range = {{1}, {7}},
                          .output = {0.25F, 128}};
  const at::Tensor gamma = at::tensor({2.0F}).requires_grad_();
  const at::Tensor beta = at::tensor({0.9F}).requires_grad_();
  // y = acc - 3.1 = -2.1, -0.1, 1.9, 3.9
  CHECK(listed(normalized(acc, gamma, beta, constants)) == std::vector<float>{-8, 0, 8, 16});
  constants.relu = true;
  CHECK(listed(normalized(acc, gamma, beta, constants)) == std::vector<float>{0, 0, 8, 16});
  constants.output.zero_point = 245;  // codes end at 255: 10 above the zero point
  const at::Tensor input = acc.clone().requires_grad_();
  const at::Tensor codes = normalized(input, gamma, beta, constants);
  CHECK(listed(codes) == std::vector<float>{0, 0, 8, 10});
  codes.sum().backward();
  // Only y = 1.9 passes: h = 4, normalized = 1/2; S1 = 4, S2 = 2, n = 4;
  // normalized = -1.5, -.5, .5, 1.5; d acc = 2 * 0.5 * (h - 1 - normalized / 2), kept in 16 bits
  CHECK(at::allclose(input.grad().flatten(), at::tensor({-0.25F, -0.75F, 2.75F, -1.75F}), 1e-4));
  CHECK(at::allclose(gamma.grad(), at::tensor({2 * 0.8F}), 1e-4));
  CHECK(listed(beta.grad()) == std::vector<float>{4});
}

TEST_CASE("Normalized codes and gradients equal those of separate operators", "[normalize]") {
  at::manual_seed(2);
  struct Case {
    const char* name;
    std::vector<int64_t> shape;
    QParams output;
    bool relu;
    double ratio;  ///< of the real convolution to its accumulators
  };
  const std::vector<Case> cases = {
      {"plain", {4, 7, 6, 5}, {0.03F, 120}, false, 1e-3},
      {"ReLU", {4, 7, 6, 5}, {0.02F, 0}, true, 1e-3},
      {"ReLU with a zero point", {4, 7, 6, 5}, {0.02F, 31}, true, 1e-3},
      {"saturating at both ends", {3, 5, 8, 8}, {0.004F, 100}, false, 1e-3},
      {"saturating above a ReLU", {3, 5, 8, 8}, {0.002F, 0}, true, 1e-3},
      {"variance near epsilon", {4, 4, 6, 6}, {0.02F, 128}, false, 2e-6},
      {"many blocks of rows", {8, 33, 16, 16}, {0.02F, 128}, false, 1e-3}};
  for (const Case& c : cases) {
    INFO(c.name);
    const int64_t channels = c.shape[1];
    const at::Tensor acc = random_accumulators(c.shape);
    const at::Tensor sign = at::where(at::arange(channels) % 3 == 1, -1.0F, 1.0F);
    const at::Tensor gamma = (at::rand({channels}) + 0.5) * sign;
    const at::Tensor beta = at::randn({channels}) * 0.3;
    // unit / f, f = gamma / sqrt(running variance + epsilon), as it hangs on gamma
    const at::Tensor numerator = c.ratio * (at::rand({channels}) + 0.5);
    const auto unit_over_factor = [&](const at::Tensor& g) { return numerator / g; };

    const at::Tensor ratios = unit_over_factor(gamma).to(at::kDouble);
    const std::vector<double> ratio(ratios.data_ptr<double>(),
                                    ratios.data_ptr<double>() + channels);
    const Normalization constants = constants_of(acc, ratio, c.output, c.relu);
    const at::Tensor upstream = at::randn(c.shape);

    std::vector<at::Tensor> ours = {acc.clone().requires_grad_(), gamma.clone().requires_grad_(),
                                    beta.clone().requires_grad_()};
    const at::Tensor codes = normalized(ours[0], ours[1], ours[2], constants);
    codes.backward(upstream);
    std::vector<at::Tensor> theirs = {acc.clone().requires_grad_(), gamma.clone().requires_grad_(),
                                      beta.clone().requires_grad_()};
    const at::Tensor expected = ops::reference::normalized_codes(
        theirs[0], theirs[1], theirs[2], unit_over_factor(theirs[1]), kEpsilon, c.output, c.relu);
    expected.backward(upstream);

    const at::Tensor off = (codes - expected).abs();
    CHECK(off.max().item<float>() <= 1);
    CHECK(off.sum().item<float>() <= 1e-3F * static_cast<float>(acc.numel()));
    const int32_t lowest = c.relu ? 0 : -c.output.zero_point;
    const int32_t highest = 255 - c.output.zero_point;
    CHECK(codes.min().item<int32_t>() >= lowest);
    CHECK(codes.max().item<int32_t>() <= highest);
    CHECK(at::equal(codes, codes.round()));
    const bool saturates = std::string(c.name).starts_with("saturating");
    CHECK((!saturates || codes.max().item<int32_t>() == highest));
    for (size_t i = 0; i < 3; ++i) {
      INFO("gradient " << i << " of acc, gamma, beta");
      CHECK(close(ours[i].grad(), theirs[i].grad(), 1e-3));
    }
    // Where epsilon weighs, ignoring it would be noticed.
    if (c.ratio < 1e-5) {
      CHECK_FALSE(close(ours[1].grad() / at::tensor(constants.shrinkage).to(at::kFloat),
                        theirs[1].grad(), 0.1));
    }
  }
}

TEST_CASE("A constant channel becomes its beta, and its gradients are finite", "[normalize]") {
  const at::Tensor acc = at::full({2, 2, 3, 3}, 77.0F).requires_grad_();
  const at::Tensor gamma = at::tensor({1.5F, -1.5F}).requires_grad_();
  const at::Tensor beta = at::tensor({2.0F, -1.0F}).requires_grad_();
  const Normalization constants = constants_of(acc, {1e-3, -1e-3}, {0.1F, 100}, false);
  const at::Tensor codes = normalized(acc, gamma, beta, constants);
  CHECK(at::equal(codes.select(1, 0), at::full({2, 3, 3}, 20.0F)));
  CHECK(at::equal(codes.select(1, 1), at::full({2, 3, 3}, -10.0F)));
  codes.sum().backward();
  CHECK(at::equal(acc.grad(), at::zeros_like(acc)));  // h is the same everywhere
  CHECK(listed(gamma.grad()) == std::vector<float>{0, 0});
  CHECK(at::allclose(beta.grad(), at::full({2}, 180.0F)));
}

TEST_CASE("A channel whose gamma is 0 becomes its beta", "[normalize]") {
  const at::Tensor acc = at::zeros({2, 1, 3, 3}).requires_grad_();  // f = 0 leaves no weights
  const at::Tensor gamma = at::tensor({0.0F}).requires_grad_();
  const at::Tensor beta = at::tensor({3.0F}).requires_grad_();
  const Normalization constants = constants_of(acc, {0}, {0.5F, 0}, true);
  const at::Tensor codes = normalized(acc, gamma, beta, constants);
  CHECK(at::equal(codes, at::full({2, 1, 3, 3}, 6.0F)));
  codes.sum().backward();
  CHECK(at::equal(acc.grad(), at::zeros_like(acc)));
  CHECK(listed(gamma.grad()) == std::vector<float>{0});
  CHECK(listed(beta.grad()) == std::vector<float>{36});
}

TEST_CASE("Normalized codes and gradients do not depend on the number of threads", "[normalize]") {
  at::manual_seed(3);
  const int threads_before = at::get_num_threads();
  const at::Tensor acc = random_accumulators({8, 19, 16, 16});
  const at::Tensor upstream = at::randn({8, 19, 16, 16});
  const Normalization constants =
      constants_of(acc, std::vector<double>(19, 1e-3), {0.02F, 128}, false);
  std::vector<at::Tensor> first;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    const at::Tensor input = acc.clone().requires_grad_();
    const at::Tensor gamma = at::ones({19}).requires_grad_();
    const at::Tensor beta = at::zeros({19}).requires_grad_();
    const at::Tensor codes = normalized(input, gamma, beta, constants);
    codes.backward(upstream);
    const std::vector<at::Tensor> now = {codes, input.grad(), gamma.grad(), beta.grad()};
    first = first.empty() ? now : first;
    for (size_t i = 0; i < now.size(); ++i) {
      REQUIRE(at::equal(now[i], first[i]));
    }
  }
  at::set_num_threads(threads_before);
}
