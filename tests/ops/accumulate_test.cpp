#include "ops/accumulate.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"
#include "nn/layer.h"
#include "ops/accumulators.h"
#include "ops/normalize.h"
#include "ops/product.h"

using namespace floatsd;
using nn::Conv2d;
using nn::Linear;
using ops::Signal;

namespace {

struct Gradients {
  at::Tensor out, input, levels;
};

/// Of sum(accumulators * upstream); `edge` is where the input's gradient goes.
template <typename Op>
Gradients gradients_of(const at::Tensor& edge, const at::Tensor& levels, const Op& op) {
  edge.requires_grad_();
  const at::Tensor w = levels.detach().clone().requires_grad_();
  const at::Tensor out = op(w);
  const at::Tensor upstream = at::arange(out.numel(), out.options()).remainder(7).view(out.sizes());
  (out * upstream).sum().backward();
  return {out.detach(), edge.grad(), w.grad()};
}

/// Three ways to compute the same: plain operators, accumulate in both types, and on integers.
void check_all_ways(const nn::Layer& layer, std::vector<int64_t> shape) {
  constexpr int32_t kZeroPoint = 31;
  const at::Tensor codes = at::randint(-kZeroPoint, 256 - kZeroPoint, shape, at::kFloat);
  const at::Tensor levels = at::randint(-64, 65, layer.weight.sizes(), at::kFloat)
                                .contiguous(layer.weight.suggest_memory_format());
  const at::Tensor x = codes.clone();
  const Gradients expected =
      gradients_of(x, levels, [&](const auto& w) { return ops::apply(layer.product(), x, w); });
  const auto check = [&](const auto& op, at::ScalarType type) {
    const Signal input = ops::code_signal(codes, QParams{0.1F, kZeroPoint});
    const Gradients actual =
        gradients_of(input.codes.edge, levels, [&](const auto& w) { return op(input, w); });
    CHECK(actual.out.scalar_type() == type);
    CHECK(at::equal(actual.out.to(at::kFloat), expected.out));
    CHECK(at::allclose(actual.input, expected.input));
    CHECK(at::allclose(actual.levels, expected.levels));
  };
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    check([&](const Signal& input,
              const at::Tensor& w) { return ops::accumulate(layer.product(), input, w, type); },
          type);
  }
  check(
      [&](const Signal& input, const at::Tensor& w) {
        return ops::to_tensor(
            ops::accumulate_integers(layer.product(), input, w, ops::Reads::kOnce));
      },
      at::kFloat);
}

}  // namespace

TEST_CASE("Accumulators and their gradients are those of the plain operator", "[accumulate]") {
  check_all_ways(
      Conv2d({.in_channels = 5, .out_channels = 7, .kernel = 3, .stride = 2, .padding = 1}),
      {3, 5, 9, 8});
  check_all_ways(
      Conv2d({.in_channels = 6, .out_channels = 6, .kernel = 3, .padding = 1, .groups = 6}),
      {2, 6, 5, 5});
  check_all_ways(Conv2d({.in_channels = 20,
                         .out_channels = 20,
                         .kernel = 3,
                         .stride = 2,
                         .padding = 1,
                         .groups = 20}),
                 {5, 20, 9, 8});
  check_all_ways(Conv2d({.in_channels = 32,
                         .out_channels = 32,
                         .kernel = 3,
                         .stride = 3,
                         .padding = 1,
                         .groups = 32}),
                 {19, 32, 7, 1});
  check_all_ways(  // 5x5: its gradients are ATen's
      Conv2d({.in_channels = 6, .out_channels = 6, .kernel = 5, .padding = 2, .groups = 6}),
      {2, 6, 5, 5});
  check_all_ways(Conv2d({.in_channels = 4, .out_channels = 3}), {1, 4, 1, 1});
  // Single pixels of many channels: gradients as products.
  check_all_ways(Conv2d({.in_channels = 33, .out_channels = 40}), {3, 33, 5, 4});
  check_all_ways(Conv2d({.in_channels = 40, .out_channels = 33}), {3, 40, 5, 4});
  check_all_ways(Conv2d({.in_channels = 40, .out_channels = 33, .stride = 2}), {3, 40, 5, 4});
  check_all_ways(Conv2d({.in_channels = 40, .out_channels = 33, .padding = 1}), {3, 40, 5, 4});
  check_all_ways(Conv2d({.in_channels = 40, .out_channels = 40, .groups = 40}), {3, 40, 5, 4});
  check_all_ways(Linear(24, 5), {3, 24});
  check_all_ways(Linear(24, 5), {3, 4, 3, 2});  // flattened
}

TEST_CASE("Windows of any sides and any number of groups accumulate alike in every way",
          "[accumulate]") {
  const int groups = GENERATE(1, 2, 4);
  for (const Padding& padding : {Padding(1), Padding(2, 0, 1, 1), Padding(0, 2, 0, 1)}) {
    check_all_ways(Conv2d({.in_channels = 4,
                           .out_channels = 8,
                           .kernel = {3, 2},
                           .stride = {1, 2},
                           .padding = padding,
                           .dilation = {2, 3},
                           .groups = groups}),
                   {3, 4, 7, 8});
  }
}

TEST_CASE("A graph may go before its backward pass is done", "[accumulate]") {
  at::Tensor levels = at::ones({5, 4, 3, 3}).requires_grad_();
  at::Tensor sum;
  {
    const Conv2d layer({.in_channels = 4, .out_channels = 5, .kernel = 3});
    const Signal input = ops::code_signal(at::ones({1, 4, 5, 5}), QParams{1.0F, 0});
    sum = ops::accumulate(layer.product(), input, levels, at::kFloat).sum();
  }
  sum.backward();
  CHECK(at::equal(levels.grad(), at::full({5, 4, 3, 3}, 9.0F)));
}

TEST_CASE("Codes that do not fit the layer are refused, and an empty batch is none",
          "[accumulate]") {
  const Conv2d layer({.in_channels = 4, .out_channels = 5, .kernel = 3, .stride = 2});
  const auto accumulators = [](const nn::Layer& l, const std::vector<int64_t>& shape) {
    return ops::to_tensor(ops::accumulate_integers(l.product(),
                                                   ops::code_signal(at::zeros(shape), {1.0F, 0}),
                                                   at::ones(l.weight.sizes()), ops::Reads::kOnce));
  };
  CHECK_THROWS_AS(accumulators(layer, {2, 3, 5, 5}), Error);
  CHECK_THROWS_AS(accumulators(layer, {2, 4, 2, 5}), Error);
  CHECK_THROWS_AS(accumulators(layer, {2, 4, 5, 2}), Error);
  CHECK_THROWS_AS(accumulators(Linear(24, 5), {2, 4, 3, 3}), Error);
  CHECK(accumulators(layer, {0, 4, 5, 5}).sizes().vec() == std::vector<int64_t>{0, 5, 2, 2});
}

TEST_CASE("Batch norm reads the same from a convolution as from a tensor", "[accumulate]") {
  const int64_t channels = GENERATE(2, 64);  // sums of 18 are computed anew, of 576 kept
  const Conv2d layer({.in_channels = channels, .out_channels = 19, .kernel = 3, .padding = 1});
  const at::Tensor bytes = at::randint(0, 256, {45, channels, 5, 3}, at::kFloat);
  const Signal input = ops::code_signal(bytes, {1.0F, 9});
  const at::Tensor levels = at::randint(-7, 8, layer.weight.sizes(), at::kFloat);
  const ops::Accumulators stored = ops::accumulators_of(
      ops::to_tensor(ops::accumulate_integers(layer.product(), input, levels, ops::Reads::kOnce)));
  const ops::ChannelStatistics expected = ops::channel_statistics(stored);
  const at::Tensor gamma = at::rand({19});
  const at::Tensor beta = at::randn({19});
  ops::Normalization constants =
      ops::choose_normalization(expected, std::vector<double>(19, 1e-3), 1e-5);
  constants.output = {0.02F, 31};
  const at::Tensor codes = ops::normalize_outputs(stored, gamma, beta, constants).bytes;
  const int threads_before = at::get_num_threads();
  for (const int threads : {1, 3}) {
    at::set_num_threads(threads);
    const ops::Accumulators computed =
        ops::accumulate_integers(layer.product(), input, levels, ops::Reads::kAgain);
    const ops::ChannelStatistics s = ops::channel_statistics(computed);
    CHECK(s.mean == expected.mean);
    CHECK(s.variance == expected.variance);
    CHECK(s.range.min == expected.range.min);
    CHECK(s.range.max == expected.range.max);
    CHECK(s.count == expected.count);
    CHECK(at::equal(ops::normalize_outputs(computed, gamma, beta, constants).bytes, codes));
  }
  at::set_num_threads(threads_before);
}

TEST_CASE("Integer accumulators do not depend on the number of threads", "[accumulate]") {
  const Conv2d layer({.in_channels = 8, .out_channels = 5});
  const Signal input = ops::code_signal(at::randint(0, 256, {7, 8, 4, 4}, at::kFloat), {1.0F, 0});
  const at::Tensor levels = at::randint(-7, 8, layer.weight.sizes(), at::kFloat);
  const int threads_before = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor expected =
      ops::to_tensor(ops::accumulate_integers(layer.product(), input, levels, ops::Reads::kOnce));
  at::set_num_threads(3);
  CHECK(at::equal(
      ops::to_tensor(ops::accumulate_integers(layer.product(), input, levels, ops::Reads::kOnce)),
      expected));
  at::set_num_threads(threads_before);
}

TEST_CASE("An input that needs no gradient gets none", "[accumulate]") {
  const int64_t channels = GENERATE(3, 40);
  const Conv2d layer({.in_channels = channels, .out_channels = channels});
  const at::Tensor levels = at::ones({channels, channels, 1, 1}).requires_grad_();
  const Signal input = ops::code_signal(at::ones({1, channels, 2, 2}), QParams{1.0F, 0});
  ops::accumulate(layer.product(), input, levels, at::kFloat).sum().backward();
  CHECK(at::equal(levels.grad(), at::full({channels, channels, 1, 1}, 4.0F)));
  const at::Tensor x = at::ones({1, channels, 2, 2});
  CHECK(!ops::apply_backward(layer.product(), x, x, levels.detach(), false).first.defined());
}
