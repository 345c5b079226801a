#include "floatsd/train/progressive.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/quant/fake_quantize.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/trainer.h"
#include "tiny_images.h"

using namespace floatsd;
using train::share_of;

TEST_CASE("The largest weights are quantized, the others train between the levels",
          "[progressive]") {
  const at::Tensor w = at::tensor({0.3F, -5.2F, 1.4F, 0.0F, 2.6F, -0.9F}).reshape({2, 3});
  const at::Tensor weights = w.clone().requires_grad_();
  const at::Tensor levels =
      quant::quantize_share(weights, {1.0F, 2.0F}, find_codebook("int4"), 0.5);
  const at::Tensor expected = at::tensor({0.3F, -5.0F, 1.0F, 0.0F, 1.0F, -0.45F}).reshape({2, 3});
  CHECK(at::equal(levels.detach(), expected));
  levels.sum().backward();
  CHECK(
      at::equal(weights.grad(), at::tensor({1.0F, 0.0F, 0.0F, 0.5F, 0.0F, 0.5F}).reshape({2, 3})));
}

TEST_CASE("A share that rounds to no weight keeps none", "[progressive]") {
  const at::Tensor w = at::tensor({0.3F, -5.2F});
  CHECK(at::equal(quant::quantize_share(w, {1.0F}, find_codebook("int4"), 0.9),
                  at::tensor({0.0F, -5.0F})));
}

TEST_CASE("Shares divide the quantized epochs, and then come all weights", "[progressive]") {
  const qat::PhaseSchedule phases{.observe_epochs = 1, .freeze_epochs = 1};
  std::vector<double> found;
  for (int epoch = 0; epoch < 8; ++epoch) {
    found.push_back(share_of({0.5, 0.75}, phases, epoch, 8));
  }
  CHECK(found == std::vector<double>{1, 0.5, 0.5, 0.75, 0.75, 1, 1, 1});
  CHECK(share_of({}, phases, 2, 8) == 1);
}

TEST_CASE("Shares that do not rise, or have no epochs, are refused", "[progressive]") {
  const qat::PhaseSchedule phases{.freeze_epochs = 1};
  CHECK_NOTHROW(train::check_shares({0.5, 0.75}, phases, 4));
  CHECK_THROWS_WITH(train::check_shares({0.5, 0.75}, phases, 3), Catch::Contains("progressive"));
  for (const auto& shares : std::vector<std::vector<double>>{{0}, {1}, {0.5, 0.5}, {0.7, 0.2}}) {
    CHECK_THROWS_WITH(train::check_shares(shares, phases, 8), Catch::Contains("progressive"));
  }
}

TEST_CASE("After each epoch all weights are quantized again", "[progressive]") {
  const data::Dataset images = tiny_images(40);
  torch::manual_seed(1);
  train::NetworkSpec spec{.network = "lenet"};
  spec.qconfig.rules = {quant::parse_qconfig_rule("*=int4:per-channel")};
  nn::Graph graph = train::make_graph(spec);
  train::Trainer trainer(graph, images,
                         {.epochs = 3,
                          .batch_size = 16,
                          .schedule = {.peak = 0.01},
                          .progressive = {0.5},
                          .phases = {.freeze_epochs = 1}});
  const auto conv = graph.layers().front().second;
  double during = 0;
  trainer.run_epoch([&](const train::Progress&) {
    during = conv->weight_quantizer->share();
    return true;
  });
  CHECK(during == 0.5);
  CHECK(conv->weight_quantizer->share() == 1);
  trainer.run_epoch([&](const train::Progress&) {
    during = conv->weight_quantizer->share();
    return true;
  });
  CHECK(during == 1);
}
