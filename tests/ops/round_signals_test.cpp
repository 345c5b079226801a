#include "ops/round_signals.h"

#include <ATen/ATen.h>

#include "catch.h"
#include "core/minifloat.h"

using namespace floatsd;

TEST_CASE("Activations round forward only, gradients backward only", "[signals]") {
  const at::Tensor x = at::tensor({1.1F, 100.0F}).requires_grad_();
  const at::Tensor y = ops::round_activations(x, &find_minifloat("fp8-1-4-3"));
  CHECK(at::equal(y.detach(), at::tensor({1.125F, 15.0F})));
  const at::Tensor z = ops::round_gradients(y, &find_minifloat("fp8-1-5-2"));
  CHECK(at::equal(z.detach(), y.detach()));
  z.backward(at::tensor({1.1F, 500.0F}));
  CHECK(x.grad()[0].item<float>() == 1.0F);
  CHECK(x.grad()[1].isinf().item<bool>());
}

TEST_CASE("Without formats signals pass as they are", "[signals]") {
  const at::Tensor x = at::rand({3});
  CHECK(ops::round_activations(x, nullptr).is_same(x));
  CHECK(ops::round_gradients(x, nullptr).is_same(x));
}

TEST_CASE("A signal keeps its memory format", "[signals]") {
  const at::Tensor x = at::rand({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor y = ops::rounded(x, find_minifloat("fp8-e4m3"), Overflow::kSaturate);
  CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(at::allclose(x, y, 0.07, 0.002));
  CHECK(!at::equal(x, y));
}
