#include "floatsd/workflow/run_report.h"

#include <algorithm>
#include <map>
#include <optional>

#include "data/pieces.h"
#include "floatsd/analyze/layer_analysis.h"
#include "floatsd/analyze/sensitivity.h"
#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/c_source.h"
#include "floatsd/emit/report.h"
#include "floatsd/runtime/interpreter.h"
#include "nn/layer.h"
#include "workflow/test_answers.h"

namespace floatsd::workflow {
namespace {

/// The codes of a run of all layers stay below this many.
constexpr int64_t kMostCodes = int64_t{1} << 25;

report::Weights weights_of(const emit::WeightReport& weights) {
  const Codebook& book = find_codebook(weights.format);
  report::Weights result{
      .scheme = weights.format +
                (weights.granularity == Granularity::kPerChannel ? ":per-channel" : ":per-tensor"),
      .bits = weights.bits,
      .partial_products = weights.partial_products,
      .smallest_scale = weights.smallest_scale,
      .largest_scale = weights.largest_scale};
  for (auto magnitude = book.magnitudes.rbegin(); magnitude != book.magnitudes.rend();
       ++magnitude) {
    result.levels.push_back(-*magnitude);
  }
  result.levels.insert(result.levels.end(), book.magnitudes.begin() + 1, book.magnitudes.end());
  for (const int level : result.levels) {
    const auto found = weights.histogram.find(level);
    result.counts.push_back(found == weights.histogram.end() ? 0 : found->second);
  }
  return result;
}

report::Layer layer_of(const emit::LayerReport& layer, const ActivationShape& shape,
                       const emit::COperations& operations) {
  report::Layer result{
      .name = layer.name,
      .kind = layer.kind,
      .shape = to_string(shape),
      .integers = report::Integers{.scale = layer.output.scale,
                                   .zero_point = layer.output.zero_point,
                                   .accumulator_bound = layer.accumulator_bound},
      .cost = report::Cost{.weight_bytes = layer.weights ? layer.weights->bytes : 0,
                           .other_bytes = layer.other_bytes,
                           .multiplications = operations.multiplications,
                           .shifts = operations.shifts,
                           .additions = operations.additions}};
  if (layer.weights) {
    result.weights = weights_of(*layer.weights);
  }
  return result;
}

void describe_program(const runtime::Program& program, report::RunReport& run) {
  const std::vector<emit::LayerReport> layers = emit::report(program);
  const std::vector<emit::COperations> operations = emit::c_operations(program);
  const std::vector<ActivationShape> shapes = runtime::output_shapes(program);
  run.input_table = std::ssize(program.input_table);
  for (size_t i = 0; i < layers.size(); ++i) {
    run.layers.push_back(layer_of(layers[i], shapes[i], operations[i]));
    run.nodes.push_back(
        {layers[i].name, layers[i].kind, to_string(shapes[i]), program.ops[i].inputs});
  }
  run.cost_of =
      "Operations are those of the integer network as C (docs/c_export.md), at most: an input "
      "value that stands for 0 is skipped. Finding places and unpacking weights is not counted. "
      "Partial products are the shifted copies of a code that hardware adds up for its product "
      "with "
      "the worst weight.";
}

/// What one product of floats takes, for each layer with weights.
void describe_floats(nn::Graph& graph, report::RunReport& run) {
  const nn::Architecture& architecture = graph.architecture();
  for (const nn::Architecture::Node& node : architecture.nodes()) {
    run.nodes.push_back({node.name, nn::kind(node.op), to_string(node.shape), node.inputs});
  }
  std::vector<int64_t> products;
  try {
    products = analyze::products_per_image(graph);
  } catch (const Error&) {  // of a grouped convolution nobody counts them
  }
  size_t place = 0;
  for (const nn::Node& node : graph.nodes()) {
    const auto* layer = dynamic_cast<const nn::Layer*>(node.block.get());
    if (layer == nullptr || !layer->trains_weights()) {
      continue;
    }
    report::Layer described{.name = node.name, .kind = layer->kind()};
    if (const std::optional<int> found = architecture.find(node.name)) {
      described.shape = to_string(architecture.shape(*found));
    }
    if (place < products.size()) {
      described.cost =
          report::Cost{.weight_bytes = layer->weight.numel() * static_cast<int64_t>(sizeof(float)),
                       .multiplications = products[place],
                       .additions = products[place]};
    }
    ++place;
    run.layers.push_back(std::move(described));
  }
  run.cost_of =
      "A float network's weights, four bytes each, and a multiplication and an addition for each "
      "product of an image with a weight.";
}

void describe_weights(const nn::Graph& graph, report::RunReport& run) {
  const std::map<std::string, analyze::WeightAnalysis> analyses = analyze::analyze_weights(graph);
  for (report::Layer& layer : run.layers) {
    const auto found = analyses.find(layer.name);
    if (layer.weights && found != analyses.end()) {
      layer.weights->sqnr = found->second.sqnr;
      layer.weights->clipped = found->second.clipped;
    }
  }
}

void describe_outputs(nn::Graph& graph, const data::Dataset& images, const OnProgress& on_progress,
                      report::RunReport& run) {
  const auto analyses = analyze::analyze_outputs(graph, images, on_progress);
  for (report::Layer& layer : run.layers) {
    const auto found = analyses.find(layer.name);
    if (found != analyses.end()) {
      layer.integers->output_sqnr = found->second.sqnr;
      layer.integers->output_clipped = found->second.clipped;
    }
  }
}

void count_codes(const runtime::Interpreter& integer, const data::Dataset& images, int threads,
                 report::RunReport& run) {
  int64_t codes_of_image = 1;
  for (const ActivationShape& shape : runtime::output_shapes(integer.program())) {
    codes_of_image += shape.size();
  }
  const int64_t together = std::clamp<int64_t>(kMostCodes / codes_of_image, 1, images.count);
  for (report::Layer& layer : run.layers) {
    layer.integers->codes.emplace();
    layer.integers->codes->fill(0);
  }
  for (int64_t begin = 0; begin < images.count; begin += together) {
    const int64_t end = std::min(begin + together, images.count);
    const std::vector<std::vector<uint8_t>> outputs =
        integer.run_layers(data::pixel_bytes(images, begin, end), threads);
    for (size_t i = 0; i < outputs.size(); ++i) {
      for (const uint8_t code : outputs[i]) {
        ++(*run.layers[i].integers->codes)[code];
      }
    }
  }
  run.images_of_codes = images.count;
}

std::vector<std::string> class_names_of(const ReportedNetwork& network) {
  std::vector<std::string> names;
  if (network.program != nullptr) {
    names = network.program->class_names;
  }
  if (names.empty()) {
    names = network.graph.architecture().class_names;
  }
  if (names.empty() && network.test != nullptr) {
    names = network.test->class_names;
  }
  for (int64_t label = static_cast<int64_t>(names.size());
       label < network.graph.architecture().classes(); ++label) {
    names.push_back(std::to_string(label));
  }
  return names;
}

/// The float network's part of the answers, or the integer network's and what is in its layers.
void evaluate(const ReportedNetwork& network, report::RunReport& run) {
  const data::Dataset& test = *network.test;
  if (network.program == nullptr) {
    run.answers = float_answers(network.graph, test, network.on_progress);
    return;
  }
  const runtime::Interpreter integer(*network.program);
  run.answers = integer_answers(integer, test, network.threads, network.on_progress);
  const data::Dataset some = data::first(test, kReportedImages);
  count_codes(integer, some, network.threads, run);
  describe_outputs(network.graph, some, network.on_progress, run);
}

}  // namespace

report::RunReport report_network(const ReportedNetwork& network) {
  nn::Graph& graph = network.graph;
  const nn::InputSpec& input = graph.input();
  report::RunReport run{
      .network = graph.network(),
      .input = to_string(ActivationShape{input.channels, input.height, input.width})};
  run.is_quantized = network.program != nullptr;
  run.class_names = class_names_of(network);
  for (const auto& [name, layer] : graph.layers()) {
    run.weights += layer->weight.numel();
  }
  if (network.program != nullptr) {
    describe_program(*network.program, run);
    describe_weights(graph, run);
  } else {
    describe_floats(graph, run);
  }
  if (network.test != nullptr && network.test->count > 0) {
    evaluate(network, run);
  }
  if (const convert::Verification* checked = network.verification) {
    report::Comparison comparison{.mismatches = checked->mismatches()};
    for (const convert::LayerComparison& layer : checked->layers) {
      comparison.codes += layer.codes;
    }
    run.comparison = comparison;
  }
  return run;
}

}  // namespace floatsd::workflow
