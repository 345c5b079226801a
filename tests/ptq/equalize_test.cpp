#include "floatsd/ptq/equalize.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "catch.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "nn/batch_norm.h"
#include "nn/layer.h"

using namespace floatsd;

namespace {

std::shared_ptr<nn::Conv2d> pointwise(const std::vector<float>& weights, int64_t in_channels) {
  const at::NoGradGuard no_grad;
  const auto out_channels = static_cast<int64_t>(weights.size()) / in_channels;
  auto conv = std::make_shared<nn::Conv2d>(
      nn::Conv2d::Options{.in_channels = in_channels, .out_channels = out_channels});
  conv->weight.copy_(at::tensor(weights).view({out_channels, in_channels, 1, 1}));
  conv->bias.fill_(1);
  return conv;
}

bool holds(const at::Tensor& tensor, const std::vector<float>& expected) {
  return at::equal(tensor.flatten(), at::tensor(expected));
}

/// A network of those nodes that reads one pixel.
nn::Graph graph_of(std::vector<nn::Node> nodes) {
  nn::Graph net(nn::Architecture("pair", {.channels = 1, .height = 1, .width = 1}));
  net.replace_nodes(std::move(nodes));
  return net;
}

nn::Graph pair(std::shared_ptr<nn::Layer> first, std::shared_ptr<nn::Layer> second) {
  return graph_of(
      {{"first", {nn::kGraphInput}, std::move(first)}, {"second", {0}, std::move(second)}});
}

/// Gives every batch norm channels of very different sizes.
void spread_norms(nn::Graph& net) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, layer] : net.layers()) {
    if (layer->norm) {
      layer->norm->weight.copy_(at::randn_like(layer->norm->weight).exp());
      layer->norm->bias.normal_(0, 0.1);
      layer->norm->running_mean.normal_(0, 0.1);
    }
  }
}

}  // namespace

TEST_CASE("Equalization makes the channels of two layers alike", "[equalize]") {
  const auto first = pointwise({8, -0.5F}, 1);  // s = sqrt(8 / 2), sqrt(0.5 / 2)
  const auto second = pointwise({2, 1, -1, -2}, 2);
  nn::Graph net = pair(first, second);
  ptq::equalize(net);
  CHECK(holds(first->weight, {4, -1}));
  CHECK(holds(first->bias, {0.5F, 2}));
  CHECK(holds(second->weight, {4, 0.5F, -2, -1}));
  CHECK(holds(second->bias, {1, 1}));
}

TEST_CASE("A norm takes the division in the place of its layer", "[equalize]") {
  const at::NoGradGuard no_grad;
  const auto first = pointwise({8}, 1);
  const auto second = pointwise({2}, 1);
  const auto norm = std::make_shared<nn::BatchNorm2d>(1);
  norm->running_var.fill_(1.0 - nn::BatchNorm2d::kEpsilon);
  norm->bias.fill_(3);
  first->set_norm(norm);
  nn::Graph net = pair(first, second);
  ptq::equalize(net);
  CHECK(holds(first->weight, {8}));
  CHECK(norm->weight.item<float>() == Approx(0.5));
  CHECK(norm->bias.item<float>() == Approx(1.5));
  CHECK(second->weight.item<float>() == Approx(4));
}

TEST_CASE("A channel without weights on one side stays as it is", "[equalize]") {
  const auto first = pointwise({8, 0, 3}, 1);
  const auto second = pointwise({2, 5, 0}, 3);
  nn::Graph net = pair(first, second);
  ptq::equalize(net);
  CHECK(holds(first->weight, {4, 0, 3}));
  CHECK(holds(second->weight, {4, 5, 0}));
}

TEST_CASE("What ReLU6 cuts or two nodes read is not scaled", "[equalize]") {
  const auto first = pointwise({8}, 1);
  first->activation = nn::Activation::kRelu6;
  nn::Graph capped = pair(first, pointwise({2}, 1));
  ptq::equalize(capped);
  CHECK(holds(first->weight, {8}));

  const auto root = pointwise({8}, 1);
  nn::Graph forked = graph_of({{"root", {nn::kGraphInput}, root},
                               {"left", {0}, pointwise({2}, 1)},
                               {"right", {0}, pointwise({2}, 1)}});
  ptq::equalize(forked);
  CHECK(holds(root->weight, {8}));
}

TEST_CASE("An equalized network computes the same", "[equalize]") {
  const at::NoGradGuard no_grad;
  for (const auto* name : {"lenet", "mobilenetv2-shortcut:width=0.25", "resnet20"}) {
    CAPTURE(name);
    at::manual_seed(3);
    nn::Graph net(models::make_architecture(name));
    passes::fuse(net);
    spread_norms(net);
    const nn::InputSpec& in = net.input();
    const at::Tensor images =
        at::randint(0, 256, {4, in.channels, in.height, in.width}).to(at::kByte);
    const at::Tensor before = net.forward(images, quant::Pass::kFloat);
    ptq::equalize(net);
    const double tolerance = 1e-4 * before.abs().max().item<double>();
    CHECK(at::allclose(net.forward(images, quant::Pass::kFloat), before, 0, tolerance));
  }
}

TEST_CASE("Equalization through depthwise layers leaves one range for all channels of each",
          "[equalize]") {
  const at::NoGradGuard no_grad;
  at::manual_seed(4);
  nn::Graph net(models::make_architecture("mobilenetv2:width=0.25"));
  passes::fuse(net);
  spread_norms(net);
  ptq::equalize(net);
  const auto layers = net.layers();
  for (size_t i = 1; i + 1 < layers.size(); ++i) {
    const nn::Layer& depthwise = *layers[i].second;
    if (depthwise.kind() != "depthwise") {
      continue;
    }
    CAPTURE(layers[i].first);
    const at::Tensor own = depthwise.folded_weight().abs().amax({1, 2, 3});
    const at::Tensor after = layers[i + 1].second->folded_weight().abs().amax({0, 2, 3});
    CHECK(at::allclose(own, after, 0.05, 0));
  }
}

TEST_CASE("A channel of tiny weights keeps a bias that fits the range of the others",
          "[equalize]") {
  const auto first = pointwise({1, 1e-14F}, 1);  // with its bias, 1e7 after a division by sqrt
  const auto second = pointwise({1, 1}, 2);
  nn::Graph net = pair(first, second);
  ptq::equalize(net);
  CHECK(first->bias.abs().max().item<float>() <= 2);
  CHECK(second->weight.abs().max().item<float>() == 1);
}
