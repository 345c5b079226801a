#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/phases.h"
#include "floatsd/passes/prepare.h"
#include "nn/batch_norm.h"
#include "nn/join.h"
#include "nn/layer.h"
#include "nn/pool.h"
#include "nn/rearrange.h"

using namespace floatsd;

namespace {

const std::vector<std::string> kNetworks = {"mobilenetv2:width=0.25",
                                            "mobilenetv2-shortcut:width=0.25:relu6",
                                            "resnet20:width=0.5", "resnet20:relu6"};

at::Tensor images(int64_t count) { return at::randint(0, 256, {count, 3, 32, 32}).to(at::kByte); }

/// Batch norms as training leaves them, not as they begin.
void live_in(nn::Graph& net) {
  const at::NoGradGuard no_grad;
  for (const nn::Node& node : net.nodes()) {
    if (const auto norm = std::dynamic_pointer_cast<nn::BatchNorm2d>(node.block)) {
      norm->weight.uniform_(0.5, 1.5);
      norm->bias.normal_(0, 0.2);
      norm->running_mean.normal_(0, 0.1);
      norm->running_var.uniform_(0.05, 0.5);
    }
  }
}

std::vector<std::string> names(const nn::Graph& net, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    names.push_back(net.nodes()[i].name);
  }
  return names;
}

}  // namespace

TEST_CASE("A fused network computes in float what its nodes computed", "[fuse]") {
  for (const std::string& network : kNetworks) {
    for (const auto pass : {quant::Pass::kFloat, quant::Pass::kTrainFloat}) {
      INFO(network);
      at::manual_seed(1);
      nn::Graph net(models::make_architecture(network));
      live_in(net);
      at::manual_seed(1);
      nn::Graph fused(models::make_architecture(network));
      live_in(fused);
      const size_t nodes = net.nodes().size();
      passes::fuse(fused);
      CHECK(fused.nodes().size() < nodes / 2);
      CHECK(fused.state().size() == net.state().size());
      const at::NoGradGuard no_grad;
      const at::Tensor pixels = images(3);
      CHECK(at::allclose(fused.forward(pixels, pass), net.forward(pixels, pass), 1e-4, 1e-5));
    }
  }
}

TEST_CASE("A fused network has its layers, additions and average, named as before", "[fuse]") {
  nn::Graph net(models::make_architecture("mobilenetv2"));
  passes::fuse(net);
  CHECK(net.nodes().size() == 52 + 10 + 2);  // convolutions, additions, average and classifier
  CHECK(names(net, 9) == std::vector<std::string>{
                             "stem", "features.0.depthwise", "features.0.project",
                             "features.1.expand", "features.1.depthwise", "features.1.project",
                             "features.2.expand", "features.2.depthwise", "features.2.project"});
  nn::Graph residual(models::make_architecture("resnet20"));
  passes::fuse(residual);
  CHECK(residual.nodes().size() == 19 + 9 + 2 + 2);  // two of the shortcuts downsample
  int with_relu = 0;
  for (const nn::Node& node : residual.nodes()) {
    const auto add = std::dynamic_pointer_cast<nn::Add>(node.block);
    with_relu += add && add->activation == nn::Activation::kRelu ? 1 : 0;
  }
  CHECK(with_relu == 9);
}

TEST_CASE("One image passes through every phase of every prepared network", "[phases]") {
  for (const std::string& network : kNetworks) {
    INFO(network);
    at::manual_seed(2);
    nn::Graph net(models::make_architecture(network));
    passes::fuse(net);
    quant::QConfig qconfig;
    qconfig.rules.push_back(quant::parse_qconfig_rule("*=floatsd4:per-channel"));
    passes::prepare(net, qconfig);
    const at::Tensor pixels = images(1);
    for (const auto phase :
         {quant::Pass::kTrainFloat, quant::Pass::kObserve, quant::Pass::kQuantize,
          quant::Pass::kBatchNormFrozen, quant::Pass::kInteger}) {
      INFO(passes::to_string(phase));
      for (at::Tensor parameter : net.parameters()) {
        parameter.mutable_grad().reset();
      }
      int64_t seen = 0;
      const at::Tensor logits =
          net.forward(pixels, phase, [&](const nn::Node& node, const ops::Signal& signal) {
            INFO(node.name);
            ++seen;
            REQUIRE(signal.qparams.has_value() == quant::quantizes(phase));
            CHECK(signal.codes.bytes.defined() == signal.qparams.has_value());
            CHECK((signal.qparams || signal.values.isfinite().all().item<bool>()));
          });
      CHECK(seen == static_cast<int64_t>(net.nodes().size()));
      CHECK(logits.sizes().vec() == std::vector<int64_t>{1, 10});
      logits.sum().backward();
      for (const auto& [name, layer] : net.layers()) {
        INFO(name);
        CHECK(layer->weight.grad().defined());
        CHECK((!layer->norm || layer->norm->weight.grad().defined()));
      }
    }
  }
}
