#include "floatsd/analyze/layer_analysis.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "data/pieces.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/evaluate.h"
#include "nn/layer.h"
#include "nn/pixels.h"
#include "ops/per_slice.h"
#include "quant/quantizer.h"

namespace floatsd::analyze {
namespace {

using quant::Pass;

constexpr int64_t kBatch = 100;

/// A signal beside what quantization makes of it.
struct Errors {
  double signal = 0, noise = 0;
  int64_t values = 0, clipped = 0;

  /// Infinite if nothing was lost.
  [[nodiscard]] double sqnr() const {
    return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
  }
};

/// In double, as the square of 1e-20 is 0 in float.
double sum_of_squares(const at::Tensor& t) {
  return t.to(at::kDouble).square().sum().item<double>();
}

void add_output(const at::Tensor& values, QParams qparams, Errors& errors) {
  const ops::Signal rounded = ops::quantized(values, qparams);
  errors.signal += sum_of_squares(values);
  errors.noise += sum_of_squares(values - ops::real_values(rounded));
  const double half = 0.5 * qparams.scale;
  const double lowest = (kMinCode - qparams.zero_point) * double{qparams.scale} - half;
  const double highest = (kMaxCode - qparams.zero_point) * double{qparams.scale} + half;
  errors.values += values.numel();
  errors.clipped += ((values < lowest) | (values > highest)).sum().item<int64_t>();
}

/// What the outputs lose, by node.
std::map<std::string, Errors> output_errors(nn::Graph& graph, const data::Dataset& images,
                                            const OnProgress& on_progress) {
  std::map<std::string, Errors> errors;
  Work work(on_progress, "analyze outputs", "images", images.count);
  data::for_each_piece(images, kBatch, work, [&](int64_t begin, int64_t end) {
    graph.forward(
        nn::pixels(images, begin, end), Pass::kFloat,
        [&](const nn::Node& node, const ops::Signal& output) {
          if (const auto* block = dynamic_cast<const nn::QuantizedBlock*>(node.block.get())) {
            add_output(output.values, block->output_quantizer->qparams(), errors[node.name]);
          }
        });
  });
  return errors;
}

double channel_ratio(const at::Tensor& weights) {
  const at::Tensor largest = weights.flatten(1).abs().amax(1);
  const at::Tensor used = largest.masked_select(largest > 0);
  return used.numel() == 0 ? 1 : (used.max() / used.min()).item<double>();
}

WeightAnalysis analyze_weights_of(const nn::Layer& layer, float input_scale) {
  const quant::WeightScheme& scheme = layer.weight_quantizer->scheme();
  const at::Tensor weights = layer.folded_weight();
  const nn::WeightCodes codes = layer.weight_codes(input_scale);
  const at::Tensor scales = ops::per_slice(at::tensor(codes.scales), weights);
  const at::Tensor real = codes.levels * scales;
  const Errors errors{sum_of_squares(weights), sum_of_squares(weights - real)};
  const auto used = std::get<0>(at::_unique(codes.levels)).numel();
  const int levels = scheme.codebook->level_count();
  return {
      .scheme = to_string(scheme),
      .sqnr = errors.sqnr(),
      .levels = levels,
      .unused = levels - static_cast<int>(used),
      .clipped =
          (weights.abs() >= scales * scheme.codebook->clip).to(at::kDouble).mean().item<double>(),
      .channel_ratio = channel_ratio(weights)};
}

/// Accuracy with node `index` in one pass and all others in another, in percent.
double accuracy_of_mixture(nn::Graph& graph, size_t index, quant::Pass its, quant::Pass others,
                           const data::Dataset& images, Work& work) {
  std::vector<quant::Pass> passes(graph.nodes().size(), others);
  passes[index] = its;
  return train::evaluate(graph, images, passes, work.part(graph.nodes()[index].name)).percent();
}

}  // namespace

std::map<std::string, WeightAnalysis> analyze_weights(const nn::Graph& graph) {
  const at::NoGradGuard no_grad;
  nn::check_has_ranges(graph);
  std::map<std::string, WeightAnalysis> all;
  for (const nn::Node& node : graph.nodes()) {
    if (const auto* layer = dynamic_cast<const nn::Layer*>(node.block.get())) {
      all[node.name] = analyze_weights_of(*layer, graph.input_qparams(node).scale);
    }
  }
  return all;
}

std::map<std::string, OutputAnalysis> analyze_outputs(nn::Graph& graph, const data::Dataset& images,
                                                      const OnProgress& on_progress) {
  const at::NoGradGuard no_grad;
  nn::check_has_ranges(graph);
  std::map<std::string, OutputAnalysis> all;
  for (const auto& [name, errors] : output_errors(graph, images, on_progress)) {
    all[name] = {errors.sqnr(),
                 static_cast<double>(errors.clipped) / static_cast<double>(errors.values)};
  }
  return all;
}

NetworkAnalysis analyze(nn::Graph& graph, const data::Dataset& images,
                        const OnProgress& on_progress) {
  const at::NoGradGuard no_grad;
  const std::map<std::string, WeightAnalysis> weights = analyze_weights(graph);
  NetworkAnalysis result;
  const auto blocks =
      std::count_if(graph.nodes().begin(), graph.nodes().end(), [](const nn::Node& node) {
        return std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block) != nullptr;
      });
  Work work(on_progress, "analyze", "images", images.count * (3 + 2 * blocks));
  result.quantized_accuracy = train::evaluate(graph, images, Pass::kInteger, work.part()).percent();
  const std::map<std::string, OutputAnalysis> outputs = analyze_outputs(graph, images, work.part());
  result.float_accuracy = train::evaluate(graph, images, Pass::kFloat, work.part()).percent();
  const std::vector<nn::Node>& nodes = graph.nodes();
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto output = outputs.find(nodes[i].name);
    if (output == outputs.end()) {
      continue;
    }
    LayerAnalysis layer{.name = nodes[i].name, .output = output->second};
    if (const auto found = weights.find(nodes[i].name); found != weights.end()) {
      layer.weights = found->second;
    }
    layer.alone_quantized =
        accuracy_of_mixture(graph, i, Pass::kInteger, Pass::kFloat, images, work);
    layer.alone_float = accuracy_of_mixture(graph, i, Pass::kFloat, Pass::kInteger, images, work);
    result.layers.push_back(std::move(layer));
  }
  std::stable_sort(result.layers.begin(), result.layers.end(),
                   [](const LayerAnalysis& a, const LayerAnalysis& b) {
                     return a.alone_quantized < b.alone_quantized;
                   });
  return result;
}

}  // namespace floatsd::analyze
