// floatsd analyze: which layer of a quantized network hurts.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "apart.h"
#include "command_line.h"
#include "commands.h"
#include "console.h"
#include "core/file.h"
#include "floatsd/analyze/layer_analysis.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "option_group.h"
#include "report/bar_chart.h"
#include "report/numbers.h"
#include "shared_flags.h"
#include "trained_on.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct AnalyzeFlags {
  SharedFlags shared;
  DatasetFlags dataset;
  std::string checkpoint, picture;
  int64_t images = 1000;
};

void print_table(const analyze::NetworkAnalysis& analysis) {
  std::printf("float network %.2f %%, quantized %.2f %%\n\n", analysis.float_accuracy,
              analysis.quantized_accuracy);
  std::printf("%-22s %-22s %12s %12s %8s %9s %9s %10s %10s\n", "layer, worst first", "weights",
              "weights dB", "outputs dB", "clipped", "unused", "channels", "alone", "all but it");
  for (const analyze::LayerAnalysis& layer : analysis.layers) {
    const auto& weights = layer.weights;
    if (weights) {
      std::printf("%-22s %-22s %12.1f", layer.name.c_str(), weights->scheme.c_str(), weights->sqnr);
    } else {
      std::printf("%-22s %-22s %12s", layer.name.c_str(), "-", "-");
    }
    std::printf(" %12.1f %7.3f%%", layer.output.sqnr, 100 * layer.output.clipped);
    if (weights) {
      const std::string unused =
          std::to_string(weights->unused) + "/" + std::to_string(weights->levels);
      std::printf(" %9s %9.1f", unused.c_str(), weights->channel_ratio);
    } else {
      std::printf(" %9s %9s", "-", "-");
    }
    std::printf(" %9.2f%% %9.2f%%\n", layer.alone_quantized, layer.alone_float);
  }
}

nlohmann::ordered_json to_json(const analyze::NetworkAnalysis& analysis, int64_t images) {
  nlohmann::ordered_json object{{"images", images},
                                {"float_accuracy", analysis.float_accuracy},
                                {"quantized_accuracy", analysis.quantized_accuracy}};
  for (const analyze::LayerAnalysis& layer : analysis.layers) {
    nlohmann::ordered_json entry{{"name", layer.name},
                                 {"alone_quantized", layer.alone_quantized},
                                 {"alone_float", layer.alone_float},
                                 {"output_sqnr_db", layer.output.sqnr},
                                 {"clipped", layer.output.clipped}};
    if (layer.weights) {
      entry["weights"] = {{"scheme", layer.weights->scheme},
                          {"sqnr_db", layer.weights->sqnr},
                          {"levels", layer.weights->levels},
                          {"unused_levels", layer.weights->unused},
                          {"channel_ratio", layer.weights->channel_ratio}};
    }
    object["layers"].push_back(entry);
  }
  return object;
}

std::string picture(const analyze::NetworkAnalysis& analysis) {
  report::BarChart chart{.title = "Points of accuracy lost where one layer alone is quantized",
                         .width = 760};
  for (const analyze::LayerAnalysis& layer : analysis.layers) {
    const double lost = analysis.float_accuracy - layer.alone_quantized;
    chart.bars.push_back({layer.name, {lost}, report::fixed(lost, 2)});
  }
  return report::bar_chart(chart).file();
}

void run_analyze(AnalyzeFlags& flags) {
  apply(flags.shared);
  require_apart(flags.checkpoint, flags.picture, "--picture");
  flags.shared.outputs = {{flags.picture, "--picture"}};
  require_outputs(flags.shared.outputs);
  const train::Checkpoint checkpoint = train::load_checkpoint(flags.checkpoint);
  nn::Graph graph = train::restore_graph(checkpoint);
  if (passes::evaluation_pass(checkpoint.phase) != quant::Pass::kInteger) {
    throw Error(flags.checkpoint + ": a float network, expected a quantized one");
  }
  const data::Dataset images = data::first(
      load_test_set(flags.shared, or_trained_on(flags.dataset, checkpoint, flags.checkpoint),
                    {graph.input().channels, graph.input().height, graph.input().width}),
      flags.images);
  const analyze::NetworkAnalysis analysis = analyze::analyze(graph, images, shown_progress());
  if (flags.shared.json) {
    print_json(flags.shared, to_json(analysis, images.count));
  } else {
    print_table(analysis);
  }
  if (!flags.picture.empty()) {
    write_file(flags.picture, picture(analysis));
    say("written to " + flags.picture);
  }
}

}  // namespace

void add_analyze_command(CLI::App& app) {
  auto flags = std::make_shared<AnalyzeFlags>();
  CLI::App* command = app.add_subcommand("analyze", "Which layer of a quantized network hurts");
  command->footer(R"(
For each layer: signal over quantization noise of its weights and of its outputs (in the float
network), the share of outputs beyond the range, levels that no weight uses, the largest over the
smallest channel; and the accuracy with that layer alone quantized, and with all but it. Worst
first.

  floatsd analyze runs/ptq/last.pt --picture layers.svg)");
  command->add_option("checkpoint", flags->checkpoint, "last.pt or best.pt of a quantized run")
      ->required()
      ->type_name(kFile);
  command->add_option("--images", flags->images, "Test images, the first N, run twice a layer")
      ->check(whole_number(1, kMostImages))
      ->capture_default_str()
      ->group(group::kNetworkAndData);
  command->add_option("--picture", flags->picture, "Draw what each layer costs, as an SVG file")
      ->type_name(kFile)
      ->group(group::kOutput);
  add_dataset_flags(*command, flags->dataset);
  add_data_flags(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_analyze(*flags); });
}

}  // namespace floatsd::app
