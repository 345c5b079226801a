#include "floatsd/quant/signal_formats.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;

TEST_CASE("Activations round forward only, gradients backward only", "[signals]") {
  const quant::SignalFormats formats{&find_minifloat("fp8-1-4-3"), &find_minifloat("fp8-1-5-2")};
  const at::Tensor x = at::tensor({1.1F, 100.0F}).requires_grad_();
  const at::Tensor y = quant::round_activations(x, formats);
  CHECK(at::equal(y.detach(), at::tensor({1.125F, 15.0F})));
  const at::Tensor z = quant::round_gradients(y, formats);
  CHECK(at::equal(z.detach(), y.detach()));
  z.backward(at::tensor({1.1F, 500.0F}));
  CHECK(x.grad()[0].item<float>() == 1.0F);
  CHECK(x.grad()[1].isinf().item<bool>());
}

TEST_CASE("Without formats signals pass as they are", "[signals]") {
  const at::Tensor x = at::rand({3});
  CHECK(quant::round_activations(x, {}).is_same(x));
  CHECK(quant::round_gradients(x, {}).is_same(x));
}

TEST_CASE("A signal keeps its memory format", "[signals]") {
  const at::Tensor x = at::rand({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor y = quant::rounded(x, find_minifloat("fp8-e4m3"), Overflow::kSaturate);
  CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(at::allclose(x, y, 0.07, 0.002));
  CHECK(!at::equal(x, y));
}

TEST_CASE("Signal formats are named", "[signals]") {
  CHECK(quant::parse_signal_format("float32") == nullptr);
  CHECK(quant::to_string(quant::parse_signal_format("fp8-e5m2")) == "fp8-e5m2");
  CHECK_THROWS_AS(quant::parse_signal_format("fp16"), Error);
}
