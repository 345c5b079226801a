#include "floatsd/nn/graph.h"

#include <ATen/ATen.h>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"

using namespace floatsd;

TEST_CASE("LeNet maps images to ten logits and shows every node on the way", "[graph]") {
  nn::Graph net(models::make_architecture("lenet"));
  std::vector<std::string> seen;
  const at::Tensor logits =
      net.forward(at::zeros({3, 1, 28, 28}, at::kByte), quant::Pass::kFloat,
                  [&](const nn::Node& node, const ops::Signal&) { seen.push_back(node.name); });
  CHECK(logits.sizes().vec() == std::vector<int64_t>{3, 10});
  CHECK(seen == std::vector<std::string>{"conv1", "relu1", "pool1", "conv2", "relu2", "pool2",
                                         "conv3", "relu3", "fc1", "relu4", "fc2"});
}

TEST_CASE("A pixel byte enters a float network as byte / 255", "[graph]") {
  nn::Architecture relu("one", {.channels = 1, .height = 1, .width = 1});
  relu.add("relu", nn::op::Relu{});
  nn::Graph net(relu);
  const at::Tensor out = net.forward(at::full({1, 1, 1, 1}, 51, at::kByte), quant::Pass::kFloat);
  CHECK(out.item<float>() == 51.0F / 255.0F);
}

TEST_CASE("Pixels of another shape or type are refused, and codes of a network without quantizers",
          "[graph]") {
  nn::Graph net(models::make_architecture("lenet"));
  const auto forward = [&](const at::Tensor& pixels, quant::Pass pass) {
    return net.forward(pixels, pass);
  };
  const auto kFloat = quant::Pass::kFloat;
  CHECK_THROWS_WITH(forward(at::zeros({2, 3, 28, 28}, at::kByte), kFloat),
                    "lenet: pixels are Byte [2, 3, 28, 28], expected Byte images of [1, 28, 28]");
  CHECK_THROWS_AS(forward(at::zeros({1, 28, 28}, at::kByte), kFloat), Error);
  CHECK_THROWS_AS(forward(at::zeros({1, 1, 28, 28}), kFloat), Error);
  CHECK_THROWS_AS(forward({}, kFloat), Error);
  for (const auto pass : {quant::Pass::kObserve, quant::Pass::kQuantize, quant::Pass::kInteger}) {
    CHECK_THROWS_WITH(forward(at::zeros({1, 1, 28, 28}, at::kByte), pass),
                      Catch::Contains("conv1: this node was not prepared for quantization"));
  }
}

TEST_CASE("A network runs up to a node that it has", "[graph]") {
  nn::Graph net(models::make_architecture("lenet"));
  const at::Tensor pixels = at::zeros({1, 1, 28, 28}, at::kByte);
  CHECK(net.forward_to(0, pixels, quant::Pass::kFloat).values.defined());
  const int nodes = static_cast<int>(net.nodes().size());
  CHECK_THROWS_WITH(
      net.forward_to(nodes, pixels, quant::Pass::kFloat),
      "lenet: node " + std::to_string(nodes) + ", expected 0 to " + std::to_string(nodes - 1));
  CHECK_THROWS_AS(net.forward_to(nn::kGraphInput, pixels, quant::Pass::kFloat), Error);
  nn::Graph empty(nn::Architecture("empty", net.input()));
  CHECK_THROWS_WITH(empty.forward(pixels, quant::Pass::kFloat), "empty has no nodes");
}

TEST_CASE("A network's state is named after its layers", "[graph]") {
  const nn::Graph net(models::make_architecture("lenet"));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : net.state()) {
    names.push_back(name);
  }
  CHECK(names == std::vector<std::string>{"conv1.weight", "conv1.bias", "conv2.weight",
                                          "conv2.bias", "conv3.weight", "conv3.bias", "fc1.weight",
                                          "fc1.bias", "fc2.weight", "fc2.bias"});
  CHECK(net.parameters().size() == 10);
}

TEST_CASE("An unknown network is answered with a suggestion", "[graph]") {
  CHECK_THROWS_WITH(models::make_architecture("lenett"),
                    "network 'lenett' is unknown: did you mean 'lenet'?");
}
