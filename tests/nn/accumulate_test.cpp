#include "nn/accumulate.h"

#include <ATen/ATen.h>

#include <vector>

#include "catch.h"

using namespace floatsd;
using nn::Conv2d;
using nn::Linear;
using nn::Signal;

namespace {

struct Gradients {
  at::Tensor out, input, levels;
};

/// Of sum(op(x, levels) * upstream).
template <typename Op>
Gradients gradients_of(const at::Tensor& codes, const at::Tensor& levels, const Op& op) {
  const at::Tensor x = codes.detach().clone().requires_grad_();
  const at::Tensor w = levels.detach().clone().requires_grad_();
  const at::Tensor out = op(x, w);
  const at::Tensor upstream = at::arange(out.numel(), out.options()).remainder(7).view(out.sizes());
  (out * upstream).sum().backward();
  return {out.detach(), x.grad(), w.grad()};
}

void check_against_autograd(const nn::Layer& layer, std::vector<int64_t> shape) {
  constexpr int32_t kZeroPoint = 31;
  at::Tensor codes = at::randint(-kZeroPoint, 256 - kZeroPoint, shape, at::kFloat);
  if (codes.dim() == 4) {
    codes = codes.contiguous(at::MemoryFormat::ChannelsLast);
  }
  const at::Tensor levels = at::randint(-64, 65, layer.weight.sizes(), at::kFloat);
  const Gradients expected =
      gradients_of(codes, levels, [&](const auto& x, const auto& w) { return layer.apply(x, w); });
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const Gradients actual = gradients_of(codes, levels, [&](const auto& x, const auto& w) {
      return nn::accumulate(layer, Signal{x, QParams{0.1F, kZeroPoint}}, w, type);
    });
    CHECK(actual.out.scalar_type() == type);
    CHECK(at::equal(actual.out.to(at::kFloat), expected.out));
    CHECK(at::allclose(actual.input, expected.input));
    CHECK(at::allclose(actual.levels, expected.levels));
  }
}

}  // namespace

TEST_CASE("Accumulators and their gradients are those of the plain operator", "[accumulate]") {
  check_against_autograd(
      Conv2d({.in_channels = 5, .out_channels = 7, .kernel = 3, .stride = 2, .padding = 1}),
      {3, 5, 9, 8});
  check_against_autograd(
      Conv2d({.in_channels = 6, .out_channels = 6, .kernel = 3, .padding = 1, .groups = 6}),
      {2, 6, 5, 5});
  check_against_autograd(Conv2d({.in_channels = 4, .out_channels = 3}), {1, 4, 1, 1});
  check_against_autograd(Linear(24, 5), {3, 24});
  check_against_autograd(Linear(24, 5), {3, 4, 3, 2});  // flattened
}

TEST_CASE("An input that needs no gradient gets none", "[accumulate]") {
  const Conv2d layer({.in_channels = 3, .out_channels = 2});
  const at::Tensor levels = at::ones({2, 3, 1, 1}).requires_grad_();
  const at::Tensor acc =
      nn::accumulate(layer, Signal{at::ones({1, 3, 2, 2}), QParams{1.0F, 0}}, levels, at::kFloat);
  acc.sum().backward();
  CHECK(at::equal(levels.grad(), at::full({2, 3, 1, 1}, 4.0F)));
  const at::Tensor x = at::ones({1, 3, 2, 2});
  CHECK(!layer.apply_backward(at::ones({1, 2, 2, 2}), x, levels.detach(), false).first.defined());
}
