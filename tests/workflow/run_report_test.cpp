#include "floatsd/workflow/run_report.h"

#include <ATen/ATen.h>

#include <numeric>

#include "catch.h"
#include "floatsd/analyze/layer_analysis.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/c_source.h"
#include "floatsd/emit/report.h"
#include "floatsd/models/zoo.h"
#include "floatsd/ptq/calibrate.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/workflow/post_training.h"
#include "tiny_images.h"

using namespace floatsd;

namespace {

nn::Graph lenet(const std::vector<std::string>& rules, const data::Dataset& images) {
  at::manual_seed(3);
  train::NetworkSpec spec{.architecture = models::make_architecture("lenet")};
  for (const std::string& rule : rules) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  nn::Graph graph = train::make_graph(spec);
  if (!rules.empty()) {
    ptq::calibrate(graph, images,
                   {.images = images.count, .methods = {{"*", ptq::CalibrationMethod::kMinMax}}});
  }
  return graph;
}

}  // namespace

TEST_CASE("A report has the numbers that eval, inspect, analyze and export give", "[workflow]") {
  const data::Dataset images = tiny_images(60);
  nn::Graph graph = lenet({"conv=floatsd4:per-channel", "linear=int8:per-tensor"}, images);
  const runtime::Program program = convert::to_program(graph);
  const runtime::Interpreter integer(program);
  const convert::Verification checked = convert::verify(graph, integer, images, 1);
  const report::RunReport run = workflow::report_network(
      {.graph = graph, .program = &program, .test = &images, .verification = &checked});

  const train::Accuracy accuracy = workflow::evaluate_integer(integer, images, 1);
  REQUIRE(run.answers);
  CHECK(run.answers->correct == accuracy.correct);
  CHECK(run.answers->total == 60);
  CHECK(run.answers->mistakes.size() == std::min<size_t>(12, 60 - accuracy.correct));
  int64_t counted = 0;
  for (const auto& [pair, count] : run.answers->counts) {
    counted += count;
  }
  CHECK(counted == 60);
  CHECK(run.comparison->mismatches == 0);

  const std::vector<emit::LayerReport> inspected = emit::report(program);
  const auto analyzed = analyze::analyze_weights(graph);
  REQUIRE(run.layers.size() == inspected.size());
  for (size_t i = 0; i < inspected.size(); ++i) {
    const report::Layer& layer = run.layers[i];
    CHECK(layer.name == inspected[i].name);
    CHECK(layer.integers->accumulator_bound == inspected[i].accumulator_bound);
    const report::CodeCounts& codes = *layer.integers->codes;
    CHECK(std::accumulate(codes.begin(), codes.end(), int64_t{0}) % 60 == 0);
    if (layer.weights) {
      CHECK(layer.weights->levels_used() ==
            static_cast<int>(inspected[i].weights->histogram.size()));
      CHECK(layer.weights->levels.size() ==
            static_cast<size_t>(inspected[i].weights->format_levels));
      CHECK(*layer.weights->sqnr == analyzed.at(layer.name).sqnr);
      CHECK(layer.cost->weight_bytes == inspected[i].weights->bytes);
    }
  }
  const emit::COperations operations = emit::c_source(program, {}).footprint.operations;
  CHECK(run.cost()->multiplications == operations.multiplications);
  CHECK(run.cost()->shifts == operations.shifts);
  CHECK(run.cost()->additions == operations.additions);
}

TEST_CASE("The surest mistakes come first, with their pictures", "[workflow]") {
  data::Dataset images = tiny_images(60);
  nn::Graph graph = lenet({"*=int8:per-channel"}, images);
  for (uint16_t& label : images.labels) {
    label = static_cast<uint16_t>((label + 1) % 10);
  }
  const runtime::Program program = convert::to_program(graph);
  const report::RunReport run =
      workflow::report_network({.graph = graph, .program = &program, .test = &images});
  const auto& mistakes = run.answers->mistakes;
  REQUIRE(mistakes.size() == 12);
  for (size_t i = 0; i < mistakes.size(); ++i) {
    CHECK(mistakes[i].label == images.labels[static_cast<size_t>(mistakes[i].image)]);
    CHECK(mistakes[i].answer != mistakes[i].label);
    CHECK((i == 0 || mistakes[i].probability <= mistakes[i - 1].probability));
    CHECK(mistakes[i].picture.pixels[300] ==
          images.images[static_cast<size_t>(mistakes[i].image) * 784 + 300]);
  }
}

TEST_CASE("A float network's report has its answers and no integers", "[workflow]") {
  const data::Dataset images = tiny_images(60);
  nn::Graph graph = lenet({}, images);
  const report::RunReport run = workflow::report_network({.graph = graph, .test = &images});
  CHECK(!run.is_quantized);
  CHECK(run.answers->network == "float");
  CHECK(run.answers->correct == train::evaluate(graph, images, quant::Pass::kFloat).correct);
  CHECK(run.schemes() == "float32");
  for (const report::Layer& layer : run.layers) {
    CHECK(!layer.integers);
    CHECK(layer.cost->multiplications > 0);
  }
  CHECK(run.nodes.size() == graph.architecture().nodes().size());
}

TEST_CASE("Without test images a report has what needs none", "[workflow]") {
  const data::Dataset images = tiny_images(60);
  nn::Graph graph = lenet({"*=int8:per-channel"}, images);
  const runtime::Program program = convert::to_program(graph);
  const report::RunReport run = workflow::report_network({.graph = graph, .program = &program});
  CHECK(!run.answers);
  CHECK(!run.comparison);
  CHECK(run.layers.front().weights->sqnr);
  CHECK(!run.layers.front().integers->codes);
  CHECK(run.class_names.size() == 10);
}

TEST_CASE("A report refuses test images of another shape", "[workflow]") {
  data::Dataset images = tiny_images(60);
  nn::Graph graph = lenet({"*=int8:per-channel"}, images);
  const runtime::Program program = convert::to_program(graph);
  images.height = 14;
  images.width = 56;
  CHECK_THROWS_AS(workflow::report_network({.graph = graph, .program = &program, .test = &images}),
                  Error);
}
