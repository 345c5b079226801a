#include "floatsd/analyze/layer_analysis.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/ptq/calibrate.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "nn/layer.h"
#include "quant/quantizer.h"
#include "tiny_images.h"

using namespace floatsd;

namespace {

nn::Graph calibrated(const std::vector<std::string>& rules, const data::Dataset& images) {
  at::manual_seed(3);
  train::NetworkSpec spec{.architecture = models::make_architecture("lenet")};
  for (const std::string& rule : rules) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  nn::Graph graph = train::make_graph(spec);
  ptq::calibrate(graph, images,
                 {.images = images.count, .methods = {{"*", ptq::CalibrationMethod::kMinMax}}});
  return graph;
}

const analyze::LayerAnalysis& find(const analyze::NetworkAnalysis& analysis,
                                   const std::string& name) {
  return *std::find_if(analysis.layers.begin(), analysis.layers.end(),
                       [&](const auto& layer) { return layer.name == name; });
}

}  // namespace

TEST_CASE("A layer's weights are measured against what it computes with", "[analysis]") {
  const data::Dataset images = tiny_images(40);
  nn::Graph graph = calibrated({"*=int8:per-tensor", "conv2=int2:per-tensor"}, images);
  const auto conv2 = graph.layers()[1].second;
  {
    const at::NoGradGuard no_grad;
    conv2->weight.fill_(0.25F);  // the level 1 at the scale 1/4 ...
    conv2->weight.slice(0, 0, conv2->weight.size(0) / 2).fill_(-0.2F);  // ... and -1
    conv2->weight[0].mul_(0.5F);
    conv2->weight_quantizer->observe(conv2->weight);
  }
  const analyze::NetworkAnalysis analysis = analyze::analyze(graph, images);
  const analyze::WeightAnalysis& weights = *find(analysis, "conv2").weights;
  CHECK(weights.scheme == "int2:per-tensor");
  CHECK(weights.levels == 3);
  CHECK(weights.channel_ratio == Approx(0.25 / 0.1));
  const nn::WeightCodes codes = conv2->weight_codes(0.01F);
  const at::Tensor lost = conv2->weight - codes.levels * codes.scales.front();
  CHECK(weights.sqnr ==
        Approx(10 * std::log10((conv2->weight.square().sum() / lost.square().sum()).item<double>()))
            .epsilon(1e-4));
  CHECK(weights.unused == 3 - std::get<0>(at::_unique(codes.levels)).numel());
}

TEST_CASE("Weights too small for every scale are lost whole: 0 dB", "[analysis]") {
  const data::Dataset images = tiny_images(40);
  nn::Graph graph = calibrated({"*=int8:per-tensor"}, images);
  const auto conv2 = graph.layers()[1].second;
  {
    const at::NoGradGuard no_grad;
    conv2->weight.fill_(1e-20F);
    conv2->weight_quantizer->observe(conv2->weight);
  }
  REQUIRE(conv2->weight_codes(0.01F).levels.eq(0).all().item<bool>());
  CHECK(analyze::analyze_weights(graph).at("conv2").sqnr == 0);
}

TEST_CASE("Outputs within the calibrated range are not clipped, beyond it they are", "[analysis]") {
  const data::Dataset images = tiny_images(40);
  nn::Graph graph = calibrated({"*=int8:per-channel"}, images);
  for (const analyze::LayerAnalysis& layer : analyze::analyze(graph, images).layers) {
    INFO(layer.name);
    CHECK(layer.output.clipped == 0);
    CHECK(layer.output.sqnr > 25);
  }
  const auto conv1 = graph.layers()[0].second;
  const QParams before = conv1->output_quantizer->qparams();
  conv1->output_quantizer->set_range({{0}, {before.scale * 25}});
  const analyze::NetworkAnalysis clipped = analyze::analyze(graph, images);
  CHECK(find(clipped, "conv1").output.clipped > 0.01);
  CHECK(find(clipped, "conv1").output.sqnr < 25);
}

TEST_CASE("A mixture of one layer's kind and the others' is between the two networks",
          "[analysis]") {
  const data::Dataset images = tiny_images(60);
  nn::Graph graph = calibrated({"*=int8:per-channel", "fc2=int2:per-tensor"}, images);
  const analyze::NetworkAnalysis analysis = analyze::analyze(graph, images);
  CHECK(train::evaluate(graph, images, quant::Pass::kInteger).percent() ==
        analysis.quantized_accuracy);
  CHECK(analysis.layers.size() == 5);
  CHECK(std::is_sorted(
      analysis.layers.begin(), analysis.layers.end(),
      [](const auto& a, const auto& b) { return a.alone_quantized < b.alone_quantized; }));
}

TEST_CASE("A network whose only quantizing node is its last gives that node's codes",
          "[analysis]") {
  const data::Dataset images = tiny_images(20);
  nn::Graph graph = calibrated({"*=int8:per-channel"}, images);
  const at::NoGradGuard no_grad;
  const size_t last = graph.nodes().size() - 1;
  std::vector passes(last + 1, quant::Pass::kFloat);
  passes[last] = quant::Pass::kInteger;
  const at::Tensor pixels = at::randint(0, 256, {4, 1, 28, 28}).to(at::kByte);
  at::Tensor read;
  graph.forward(pixels, passes, [&](const nn::Node& node, const ops::Signal& output) {
    CHECK(output.qparams.has_value() == (node.name == graph.nodes()[last].name));
    if (!output.qparams) {
      read = output.values;
    }
  });
  const auto& node = graph.nodes()[last];
  const ops::Signal codes = ops::quantized(read, graph.input_qparams(node));
  const ops::Signal expected = node.block->forward({codes}, passes[last]);
  CHECK(at::equal(graph.forward(pixels, passes), ops::real_values(expected)));
}

TEST_CASE("A float network is refused", "[analysis]") {
  nn::Graph graph = train::make_graph({.architecture = models::make_architecture("lenet")});
  CHECK_THROWS_WITH(analyze::analyze(graph, tiny_images(2)),
                    "conv1: this node was not prepared for quantization");
}
