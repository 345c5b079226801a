#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/convert/verify.h"
#include "floatsd/emit/report.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/trainer.h"
#include "nn/input.h"
#include "nn/pixels.h"

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
  at::manual_seed(4);
  train::NetworkSpec spec{.architecture = architecture};
  spec.qconfig.scales = scales;
  spec.qconfig.activation_scheme = scheme;
  for (const std::string& rule : rules) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  nn::Graph graph = train::make_graph(spec);
  train::Trainer trainer(graph, images,
                         {.epochs = 5,
                          .batch_size = 8,
                          .schedule = {.peak = 0.005},
                          .phases = {.float_epochs = 1,
                                     .observe_epochs = 1,
                                     .batch_norm_freeze_epochs = 1,
                                     .freeze_epochs = 1}});
  std::vector<std::string> phases;
  while (!trainer.done()) {
    phases.push_back(passes::to_string(trainer.run_epoch().phase));
  }
  CHECK(phases == std::vector<std::string>{"float", "observe", "quantize", "batch norm frozen",
                                           "ranges frozen"});
  return graph;
}

/// Equal codes say little where there is one code only.
void check_codes_are_many(nn::Graph& graph, const data::Dataset& images) {
  const at::NoGradGuard no_grad;
  graph.forward(nn::pixels(images, 0, images.count), quant::Pass::kInteger,
                [](const nn::Node& node, const ops::Signal& signal) {
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
    nn::Graph graph = trained(models::make_architecture(network), rules, images);
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

/// Batch norm and activations that stand alone, pools of every kind, concatenations, flattening.
nn::Architecture branches() {
  nn::Architecture net("branches", {.channels = 3, .height = 32, .width = 32});
  net.add("whiten", nn::op::BatchNorm{});
  const int stem = net.add_convolution(
      "stem", {.out_channels = 8, .kernel = 3, .stride = 2, .padding = 1}, nn::Activation::kRelu6);
  const int max = net.add("max", nn::op::MaxPool{.window = 3, .stride = 1, .padding = 1});
  const int narrow =
      net.add_convolution("narrow", {.out_channels = 6}, nn::Activation::kNone, stem);
  const int mean = net.add(
      "mean",
      nn::op::AveragePool{.window = 3, .stride = 1, .padding = 1, .count_include_pad = false},
      {stem});
  net.add("joined", nn::op::Concat{}, {max, narrow, mean});
  net.add("norm", nn::op::BatchNorm{});  // DenseNet's order: batch norm, ReLU, convolution
  net.add("relu", nn::op::Relu{});
  const int dense = net.add("dense", nn::op::Conv2d{.out_channels = 8, .kernel = 3});
  net.add("overlapping", nn::op::MaxPool{.window = {3, 2}, .stride = 2, .ceil_mode = true});
  net.add("late_relu", nn::op::Relu{});
  net.add("shrunk", nn::op::AveragePool{.window = 2, .ceil_mode = true});
  net.add("lone_relu6", nn::op::Relu6{});
  const int flat = net.add("flat", nn::op::Flatten{AxesOrder::kChannelsLast});
  const int pooled = net.add("pooled", nn::op::GlobalAveragePool{}, {dense});
  net.add("features", nn::op::Concat{}, {flat, pooled});
  net.add("hidden", nn::op::Linear{24});
  net.add("hidden_norm", nn::op::BatchNorm{});
  net.add("hidden_relu", nn::op::Relu{});
  net.add("feature_join", nn::op::Concat{}, {net.last(), pooled});
  net.add("last_norm", nn::op::BatchNorm{});
  net.add("fc", nn::op::Linear{10});
  return net;
}

TEST_CASE("A network of branches, pools and lone batch norms agrees with its program",
          "[convert]") {
  const data::Dataset images = colour_noise(16);
  for (const char* rule :
       {"*=floatsd4:per-channel", "*=int8:per-tensor", "*=floatsd8-e3g32:per-channel"}) {
    INFO(rule);
    nn::Graph graph = trained(branches(), {rule}, images);
    check_equal(graph, convert::to_program(graph), images);
  }
  nn::Graph graph =
      trained(branches(), {"*=floatsd4:per-channel"}, images, quant::ScaleGrid::kPowerOfTwo);
  check_equal(graph, convert::to_program(graph), images);
}

TEST_CASE("A ReLU6 with scales that are powers of two ends at 6", "[convert]") {
  const data::Dataset images = colour_noise(16);
  nn::Graph graph = trained(models::make_architecture("mobilenetv2-shortcut:width=0.25:relu6"),
                            {"*=int8:per-channel"}, images, quant::ScaleGrid::kPowerOfTwo);
  const runtime::Program program = convert::to_program(graph);
  check_equal(graph, program, images);
  int limited = 0;
  for (const runtime::Op& op : program.ops) {
    const Requantize* requantize = runtime::requantization(op);
    if (requantize != nullptr && requantize->upper < kMaxCode) {
      ++limited;
      CHECK(requantize->output.scale *
                static_cast<float>(requantize->upper - requantize->output.zero_point) ==
            6.0F);
    }
  }
  CHECK(limited > 0);
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
    nn::Graph graph = trained(models::make_architecture(network), {"*=floatsd4:per-channel"},
                              images, quant::ScaleGrid::kPowerOfTwo);
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
    nn::Graph graph = trained(models::make_architecture(network), {"*=floatsd4:per-channel"},
                              images, quant::ScaleGrid::kAny, quant::ActivationScheme::kSymmetric);
    CHECK(nn::input_qparams(graph.input()).zero_point == 128);
    check_equal(graph, convert::to_program(graph), images);
  }
}
