#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/prepare.h"

using namespace floatsd;

namespace {

/// A network with every operator.
nn::Architecture every_operator() {
  nn::Architecture net("every", {.channels = 2, .height = 12, .width = 12});
  net.add("norm", nn::op::BatchNorm{}, {nn::kGraphInput});
  const int stem = net.add_convolution("stem", {.out_channels = 8, .kernel = 3, .padding = 1},
                                       nn::Activation::kRelu6);
  net.add("max", nn::op::MaxPool{.window = 3, .stride = 1, .padding = 1}, {stem});
  const int depthwise =
      net.add_convolution("depthwise", {.out_channels = 8, .kernel = 3, .padding = 1, .groups = 8},
                          nn::Activation::kNone);
  net.add("sum", nn::op::Add{}, {depthwise, stem});
  const int relu = net.add("relu", nn::op::Relu{});
  const int half = net.add("half", nn::op::Downsample{.stride = 2, .channels_after = 2}, {relu});
  net.add("average", nn::op::AveragePool{.window = 2, .stride = 2}, {relu});
  net.add("joined", nn::op::Concat{}, {half, net.last()});
  net.add("flat", nn::op::Flatten{});
  net.add("classifier", nn::op::Linear{5});
  return net;
}

nn::Graph prepared(const nn::Architecture& architecture, const std::vector<std::string>& rules) {
  at::manual_seed(3);
  nn::Graph graph(architecture);
  passes::fuse(graph);
  quant::QConfig qconfig;
  for (const std::string& rule : rules) {
    qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  if (!rules.empty()) {
    passes::prepare(graph, qconfig);
  }
  return graph;
}

at::Tensor noise(const nn::Graph& graph) {
  const nn::InputSpec& input = graph.input();
  return at::randint(256, {4, input.channels, input.height, input.width}, at::kByte);
}

}  // namespace

TEST_CASE("A clone answers as its original, and shares no memory with it", "[clone]") {
  const auto rules =
      GENERATE(std::vector<std::string>{}, std::vector<std::string>{"*=floatsd4:per-channel"},
               std::vector<std::string>{"*=int8:per-tensor:learned", "first=int4:per-channel:mse"});
  const auto architecture = GENERATE(every_operator(), models::make_architecture("lenet"),
                                     models::make_architecture("mobilenetv2-shortcut:width=0.25"));
  CAPTURE(architecture.name(), rules);
  const at::NoGradGuard no_grad;
  nn::Graph graph = prepared(architecture, rules);
  const at::Tensor pixels = noise(graph);
  const quant::Pass pass = rules.empty() ? quant::Pass::kFloat : quant::Pass::kInteger;
  if (!rules.empty()) {
    graph.forward(pixels, quant::Pass::kObserve);
    graph.forward(pixels, quant::Pass::kQuantize);
  }
  nn::Graph copy = graph.clone();
  const at::Tensor answers = graph.forward(pixels, pass);
  CHECK(at::equal(copy.forward(pixels, pass), answers));

  for (const auto& [name, tensor] : copy.state()) {
    tensor.zero_();
  }
  CHECK(at::equal(graph.forward(pixels, pass), answers));
}

TEST_CASE("A clone trains what its original trains", "[clone]") {
  nn::Graph graph = prepared(every_operator(), {"*=floatsd4:per-channel:learned"});
  const nn::Graph copy = graph.clone();
  const auto parameters = graph.parameters();
  const auto copied = copy.parameters();
  REQUIRE(parameters.size() == copied.size());
  for (size_t i = 0; i < parameters.size(); ++i) {
    CHECK(copied[i].requires_grad());
    CHECK(copied[i].strides() == parameters[i].strides());
  }
}

TEST_CASE("Cloning draws nothing from torch's generator", "[clone]") {
  const nn::Graph graph = prepared(models::make_architecture("lenet"), {});
  at::manual_seed(5);
  const at::Tensor expected = at::rand({3});
  at::manual_seed(5);
  static_cast<void>(graph.clone());
  CHECK(at::equal(at::rand({3}), expected));
}
