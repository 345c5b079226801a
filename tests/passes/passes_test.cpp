#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/phases.h"
#include "floatsd/passes/prepare.h"
#include "nn/join.h"
#include "nn/layer.h"
#include "nn/pool.h"
#include "nn/rearrange.h"
#include "quant/quantizer.h"

using namespace floatsd;

namespace {

quant::QConfig rules(const std::vector<std::string>& texts) {
  quant::QConfig qconfig;
  for (const std::string& text : texts) {
    qconfig.rules.push_back(quant::parse_qconfig_rule(text));
  }
  return qconfig;
}

std::vector<std::string> names(const nn::Graph& graph) {
  std::vector<std::string> names;
  for (const nn::Node& node : graph.nodes()) {
    names.push_back(node.name);
  }
  return names;
}

}  // namespace

TEST_CASE("Fusing LeNet leaves five layers that compute the same", "[fuse]") {
  at::manual_seed(1);
  nn::Graph net(models::make_architecture("lenet"));
  const at::Tensor images = at::randint(0, 256, {4, 1, 28, 28}).to(at::kByte);
  const at::Tensor before = net.forward(images, quant::Pass::kFloat);
  passes::fuse(net);
  CHECK(names(net) == std::vector<std::string>{"conv1", "conv2", "conv3", "fc1", "fc2"});
  CHECK(at::allclose(net.forward(images, quant::Pass::kFloat), before, 1e-5, 1e-6));
}

TEST_CASE("A layer that two nodes read keeps its output", "[fuse]") {
  nn::Architecture twice("twice", {.channels = 1, .height = 4, .width = 4});
  const int conv = twice.add("conv", nn::op::Conv2d{});
  twice.add("relu", nn::op::Relu{});
  twice.add("other", nn::op::Linear{2}, {conv});
  nn::Graph net(twice);
  passes::fuse(net);
  CHECK(names(net) == std::vector<std::string>{"conv", "relu", "other"});
  CHECK(net.layers().front().second->activation == nn::Activation::kNone);
}

TEST_CASE("Prepare fills the slots by the rules", "[prepare]") {
  nn::Graph net(models::make_architecture("lenet"));
  passes::fuse(net);
  passes::prepare(net, rules({"conv=floatsd4:per-channel", "linear=int8:per-tensor"}));
  for (const auto& [name, layer] : net.layers()) {
    CHECK(quant::to_string(layer->weight_quantizer->scheme()) ==
          (layer->kind() == "conv" ? "floatsd4:per-channel" : "int8:per-tensor"));
    CHECK(layer->output_quantizer != nullptr);
  }
}

TEST_CASE("The range of weights grows at once, except of three levels without batch norm",
          "[prepare]") {
  struct Case {
    const char *network, *rule;
    double grown, shrunk;
  };
  for (const auto& [network, rule, grown, shrunk] :
       {Case{"lenet", "*=int8:per-tensor", 2.0 / 127, 1.99 / 127},
        Case{"lenet", "*=int3:per-tensor", 2.0 / 3, 1.99 / 3},
        Case{"lenet", "*=int2:per-tensor", 1.01, 1.0099},
        Case{"lenet", "*=t{0/5}:per-tensor", 1.01 / 5, 1.0099 / 5},
        Case{"resnet20", "*=int2:per-tensor", 2.0, 1.0}}) {
    CAPTURE(network, rule);
    nn::Graph net(models::make_architecture(network));
    passes::fuse(net);
    passes::prepare(net, rules({rule}));
    const std::shared_ptr<nn::Layer> layer = net.layers().front().second;
    const auto scale_after = [&](double weight) {
      layer->weight_quantizer->observe(at::full_like(layer->weight, weight));
      return layer->weight_quantizer->scales().front();
    };
    scale_after(1);
    CHECK(scale_after(2) == Approx(grown));
    CHECK(scale_after(1) == Approx(shrunk));
  }
}

TEST_CASE("Prepare gives activations the observers that the rules say", "[prepare]") {
  nn::Graph net(models::make_architecture("resnet20"));
  passes::fuse(net);
  quant::QConfig qconfig = rules({"*=int8:per-channel"});
  qconfig.activation_observers = {{"conv", quant::RangeMethod::kLearned},
                                  {"add", quant::RangeMethod::kLearned},
                                  {"first", quant::RangeMethod::kMinMax}};
  passes::prepare(net, qconfig);
  size_t learned = 0;
  for (const nn::Node& node : net.nodes()) {
    if (const auto block = std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block)) {
      CAPTURE(node.name);
      const bool learns = block->kind() == "add" ||
                          (block->kind() == "conv" && block != net.layers().front().second);
      CHECK(block->output_quantizer->parameters().size() == (learns ? 2 : 0));
      learned += learns ? 1 : 0;
    }
  }
  CHECK(learned == 18 + 9);  // convolutions but the first, additions
  qconfig.activation_observers.push_back({"depthwise", quant::RangeMethod::kLearned});
  nn::Graph other(models::make_architecture("resnet20"));
  passes::fuse(other);
  CHECK_THROWS_WITH(passes::prepare(other, qconfig),
                    "activation observer 'depthwise=learned' matches no layer of the network");
}

TEST_CASE("Prepare refuses what it cannot quantize", "[prepare]") {
  nn::Graph fused(models::make_architecture("lenet"));
  passes::fuse(fused);
  CHECK_THROWS_WITH(passes::prepare(fused, rules({"conv=int8:per-tensor"})),
                    "fc1: no qconfig rule gives this layer a weight format");
  CHECK_THROWS_WITH(passes::prepare(fused, rules({"*=int8:per-tensor", "conv9=int8:per-tensor"})),
                    "qconfig rule 'conv9=int8:per-tensor' matches no layer of the network");
  nn::Graph unfused(models::make_architecture("resnet20"));
  CHECK_THROWS_WITH(passes::prepare(unfused, rules({"*=int8:per-tensor"})),
                    "stem.norm: this node has no integer form, expected fuse to fold it");
}

TEST_CASE("A network without weights is prepared, too", "[prepare]") {
  nn::Architecture mean("mean", {.channels = 1, .height = 4, .width = 4});
  mean.add("mean", nn::op::GlobalAveragePool{});
  nn::Graph net(mean);
  passes::prepare(net, {});
  const auto pool = std::dynamic_pointer_cast<nn::QuantizedBlock>(net.nodes().front().block);
  CHECK(pool->output_quantizer != nullptr);
}

TEST_CASE("Phases lie at the ends that the schedule names", "[phases]") {
  using quant::Pass;
  const passes::PhaseSchedule all{
      .float_epochs = 1, .observe_epochs = 1, .batch_norm_freeze_epochs = 1, .freeze_epochs = 1};
  constexpr Pass kEach[] = {Pass::kTrainFloat, Pass::kObserve, Pass::kQuantize,
                            Pass::kBatchNormFrozen, Pass::kInteger};
  for (int step = 0; step < 15; ++step) {
    CHECK(passes::phase_of(all, step, 3, 5) == kEach[step / 3]);
  }
  const passes::PhaseSchedule schedule{.observe_epochs = 1, .freeze_epochs = 2};
  CHECK_NOTHROW(passes::check(schedule, 3));
  CHECK_THROWS_WITH(
      passes::check(schedule, 2),
      "phases: 0 float, 1 observing, 0 with frozen batch norm and 2 with frozen ranges do not fit "
      "into 2 epochs");
  CHECK_THROWS_WITH(
      passes::check({.observe_epochs = 2, .freeze_epochs = 0}, 2),
      "phases: all 2 epochs are float or observing, expected at least one that is quantized");
  CHECK_THROWS_WITH(passes::check({.float_epochs = 1, .freeze_epochs = 1}, 2),
                    "phases: ranges would be frozen before one was observed, expected something "
                    "between the float epochs and the frozen ones");
  for (const double count : {-1.0, -0.25, 2.5, 1e300, std::nan("")}) {
    CHECK_THROWS_WITH(passes::check({.freeze_epochs = count}, 2), Catch::Contains("do not fit"));
  }
  for (const Pass phase : kEach) {
    CHECK(passes::parse_phase(passes::to_string(phase)) == phase);
  }
}

TEST_CASE("A phase may be a part of an epoch, rounded down to whole steps", "[phases]") {
  // Of two epochs with ten steps each: 2, 3, ..., 4 and 2, counting 0.29 of ten steps as 2.
  const passes::PhaseSchedule schedule{.float_epochs = 0.29,
                                       .observe_epochs = 0.3,
                                       .batch_norm_freeze_epochs = 0.4,
                                       .freeze_epochs = 0.29};
  std::string letters;
  for (int step = 0; step < 20; ++step) {
    letters += passes::to_string(passes::phase_of(schedule, step, 10, 2)).front();
  }
  CHECK(letters == "ffoooqqqqqqqqqbbbbrr");
  // The smallest observing phase comes before a frozen one.
  const passes::PhaseSchedule tight{
      .float_epochs = 0.5, .observe_epochs = 0.01, .freeze_epochs = 0.49};
  passes::check(tight, 1);
  CHECK(passes::phase_of(tight, 4, 10, 1) == quant::Pass::kTrainFloat);
  CHECK(passes::phase_of(tight, 5, 10, 1) == quant::Pass::kQuantize);
  CHECK(passes::phase_of(tight, 6, 10, 1) == quant::Pass::kInteger);
  // In binary 0.7 + 0.1 is less than 0.8, and 0.2 + 0.4 + 0.3 + 0.1 more than 1.
  const passes::PhaseSchedule decimal{.float_epochs = 0.7, .observe_epochs = 0.1};
  CHECK(passes::phase_of(decimal, 7, 10, 2) == quant::Pass::kObserve);
  CHECK_NOTHROW(passes::check({.float_epochs = 0.2,
                               .observe_epochs = 0.4,
                               .batch_norm_freeze_epochs = 0.3,
                               .freeze_epochs = 0.1},
                              1));
}
