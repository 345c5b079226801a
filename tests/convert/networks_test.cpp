#include <ATen/ATen.h>
#include <torch/utils.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/convert/verify.h"
#include "floatsd/emit/report.h"
#include "floatsd/nn/zoo.h"
#include "floatsd/qat/pixels.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/trainer.h"

using namespace floatsd;

namespace {

/// Random bytes, each image around a brightness of its own that tells its class.
data::Dataset colour_noise(int64_t count) {
  data::Dataset dataset{
      .name = "noise", .count = count, .channels = 3, .height = 32, .width = 32, .classes = 10};
  std::mt19937 random(11);
  for (int64_t n = 0; n < count; ++n) {
    const auto label = static_cast<uint8_t>(random() % 10);
    dataset.labels.push_back(label);
    for (int64_t i = 0; i < dataset.image_size(); ++i) {
      dataset.images.push_back(static_cast<uint8_t>(label * 12 + random() % 148));
    }
  }
  return dataset;
}

/// The network after one epoch in each of the five phases, ranges frozen.
nn::Graph trained(const nn::Architecture& architecture, const std::vector<std::string>& rules,
                  const data::Dataset& images, quant::ScaleGrid scales = quant::ScaleGrid::kAny,
                  quant::ActivationScheme scheme = quant::ActivationScheme::kAffine) {
  torch::manual_seed(4);
  train::NetworkSpec spec{.architecture = architecture};
  spec.qconfig.scales = scales;
  spec.qconfig.activation_scheme = scheme;
  for (const std::string& rule : rules) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  nn::Graph graph = train::make_graph(spec);
  train::Trainer trainer(
      graph, images,
      {.epochs = 5,
       .batch_size = 8,
       .schedule = {.peak = 0.005},
       .phases = {.float_epochs = 1, .observe_epochs = 1, .batch_norm_freeze_epochs = 1}});
  std::vector<std::string> phases;
  while (!trainer.done()) {
    phases.push_back(
        qat::to_string(trainer.run_epoch([](const train::Progress&) { return true; }).phase));
  }
  CHECK(phases == std::vector<std::string>{"float", "observe", "quantize", "batch norm frozen",
                                           "ranges frozen"});
  graph.set_pass(qat::evaluation_pass(trainer.phase()));
  return graph;
}

/// Equal codes say little where there is one code only.
void check_codes_are_many(nn::Graph& graph, const data::Dataset& images) {
  const torch::NoGradGuard no_grad;
  graph.forward(qat::pixels(images, 0, images.count),
                [](const nn::Node& node, const nn::Signal& signal) {
                  INFO(node.name);
                  CHECK(std::get<0>(at::_unique(signal.codes.bytes)).numel() >= 4);
                });
}

void check_equal(nn::Graph& graph, const runtime::Program& program, const data::Dataset& images) {
  const runtime::Interpreter integer(program);
  const convert::Verification result = convert::verify(graph, integer, images, 2);
  CHECK(result.images == images.count);
  CHECK(result.prepared_correct == result.integer_correct);
  for (const convert::LayerComparison& layer : result.layers) {
    INFO(layer.name << ": largest difference " << layer.largest);
    CHECK(layer.codes > 0);
    CHECK(layer.mismatches == 0);
  }
  check_codes_are_many(graph, images);
}

void check_equal_to_its_program(const std::string& network) {
  const data::Dataset images = colour_noise(16);
  for (const std::vector<std::string>& rules : {std::vector<std::string>{"*=floatsd4:per-channel"},
                                                {"*=int8:per-channel"},
                                                {"*=int4:per-channel"}}) {
    INFO(network << ", " << rules[0]);
    nn::Graph graph = trained(nn::make_architecture(network), rules, images);
    check_equal(graph, convert::to_program(graph), images);
  }
}

}  // namespace

TEST_CASE("MobileNetV2 and its program agree in every code after all five phases", "[convert]") {
  check_equal_to_its_program("mobilenetv2:width=0.25");
}

TEST_CASE("A network of windows with sides of their own agrees with its program in every code",
          "[convert]") {
  const data::Dataset images = colour_noise(16);
  nn::Architecture net("windows", {.channels = 3, .height = 32, .width = 32});
  net.add_convolution(
      "wide", {.out_channels = 8, .kernel = {2, 5}, .stride = {2, 3}, .padding = {0, 2, 1, 1}},
      nn::Activation::kRelu);
  net.add_convolution(
      "grouped",
      {.out_channels = 12, .kernel = 3, .padding = {2, 0, 1, 1}, .dilation = {2, 1}, .groups = 4},
      nn::Activation::kRelu6);
  net.add_convolution("depthwise",
                      {.out_channels = 12, .kernel = {3, 2}, .padding = {1, 0, 1, 1}, .groups = 12},
                      nn::Activation::kRelu);
  net.add("biased",
          nn::op::Conv2d{.out_channels = 6, .kernel = 3, .dilation = {1, 2}, .groups = 2});
  net.add("max", nn::op::MaxPool{2});
  net.add("fc", nn::op::Linear{10});
  for (const char* rule :
       {"*=floatsd4:per-channel", "*=int8:per-tensor", "*=floatsd8-e3g32:per-channel"}) {
    INFO(rule);
    nn::Graph graph = trained(net, {rule}, images);
    check_equal(graph, convert::to_program(graph), images);
  }
}

TEST_CASE("MobileNetV2 with shortcuts and ReLU6 agrees with its program in every code",
          "[convert]") {
  check_equal_to_its_program("mobilenetv2-shortcut:width=0.25:relu6");
}

TEST_CASE("ResNet-20 and its program agree in every code after all five phases", "[convert]") {
  check_equal_to_its_program("resnet20:width=0.5");
}

TEST_CASE("With scales that are powers of two networks agree, and requantize by shifts alone",
          "[convert]") {
  const data::Dataset images = colour_noise(16);
  for (const char* network : {"resnet20:width=0.5", "mobilenetv2-shortcut:width=0.25"}) {
    INFO(network);
    nn::Graph graph = trained(nn::make_architecture(network), {"*=floatsd4:per-channel"}, images,
                              quant::ScaleGrid::kPowerOfTwo);
    const runtime::Program program = convert::to_program(graph);
    check_equal(graph, program, images);
    for (const emit::LayerReport& layer : emit::report(program)) {
      INFO(layer.name);
      CHECK(layer.multiplications == 0);
    }
  }
}

TEST_CASE("With symmetric activations networks agree", "[convert]") {
  const data::Dataset images = colour_noise(16);
  for (const char* network : {"resnet20:width=0.5", "mobilenetv2-shortcut:width=0.25"}) {
    INFO(network);
    nn::Graph graph = trained(nn::make_architecture(network), {"*=floatsd4:per-channel"}, images,
                              quant::ScaleGrid::kAny, quant::ActivationScheme::kSymmetric);
    CHECK(nn::input_qparams(graph.input()).zero_point == 128);
    check_equal(graph, convert::to_program(graph), images);
  }
}
