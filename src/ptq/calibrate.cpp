#include "floatsd/ptq/calibrate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <functional>
#include <map>
#include <memory>

#include "core/enum_names.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/layer.h"
#include "nn/pixels.h"
#include "ops/range.h"
#include "passes/node_roles.h"
#include "ptq/calibration_images.h"
#include "ptq/histogram.h"
#include "quant/observer.h"
#include "quant/quantizer.h"

namespace floatsd::ptq {
namespace {

constexpr int64_t kBins = 2048;
const EnumNames<CalibrationMethod> kNames({"moving-average", "min-max", "percentile", "mse"});

using Ranges = std::map<std::string, Interval>;  // of nodes by name
using Methods = std::map<std::string, CalibrationMethod>;

/// What all images are run through the network for.
struct Images {
  const data::Dataset& dataset;
  const CalibrateOptions& options;
  const OnProgress& on_progress;
};

/// Shows the output of each quantized node for each batch, in a stage of that name.
void show_outputs(nn::Graph& graph, const Images& images, const std::string& stage,
                  const std::function<void(const std::string& name, const at::Tensor&)>& show) {
  const auto& [dataset, options, on_progress] = images;
  Work work(on_progress, stage, "images", image_count(dataset, options));
  for_each_batch(dataset, options, [&](const at::Tensor& pixels) {
    graph.forward(pixels, quant::Pass::kFloat,
                  [&](const nn::Node& node, const ops::Signal& output) {
                    if (std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block)) {
                      show(node.name, output.values);
                    }
                  });
    work.advance(pixels.size(0));
  });
}

/// Does `work`. A value that is not finite there comes from the network that was given: bad input.
template <typename Work>
void at_node(const std::string& name, const Work& work) {
  try {
    work();
  } catch (const Diverged& error) {
    throw Error("calibrate: " + name + ": " + error.what());
  }
}

Ranges follow_extremes(nn::Graph& graph, const Images& images, const Methods& methods) {
  std::map<std::string, quant::Observer> observers;
  show_outputs(graph, images, "observe", [&](const std::string& name, const at::Tensor& values) {
    const auto method = methods.at(name) == CalibrationMethod::kMovingAverage
                            ? quant::RangeMethod::kMovingAverage
                            : quant::RangeMethod::kMinMax;
    const auto observer = observers.try_emplace(name, method, /*entries=*/1).first;
    at_node(name,
            [&] { observer->second.observe(ops::range_of(values, Granularity::kPerTensor)); });
  });
  Ranges ranges;
  for (const auto& [name, observer] : observers) {
    const ops::Range range = observer.range();
    ranges[name] = {range.min.front(), range.max.front()};
  }
  return ranges;
}

bool needs_histogram(CalibrationMethod method) {
  return method == CalibrationMethod::kPercentile || method == CalibrationMethod::kMeanSquaredError;
}

/// Narrows the ranges of those nodes whose method looks at a histogram.
void search_histograms(nn::Graph& graph, const Images& images, const Methods& methods,
                       Ranges& ranges) {
  std::map<std::string, Histogram> histograms;
  for (const auto& [name, method] : methods) {
    if (needs_histogram(method)) {
      histograms[name] = empty_histogram(ranges.at(name), kBins);
    }
  }
  if (histograms.empty()) {
    return;
  }
  show_outputs(graph, images, "histograms", [&](const std::string& name, const at::Tensor& values) {
    if (const auto histogram = histograms.find(name); histogram != histograms.end()) {
      const at::Tensor dense = values.contiguous(values.suggest_memory_format());
      count(histogram->second, {dense.const_data_ptr<float>(), static_cast<size_t>(dense.numel())});
    }
  });
  for (const auto& [name, histogram] : histograms) {
    ranges[name] = methods.at(name) == CalibrationMethod::kPercentile
                       ? percentile_range(histogram, images.options.percentile)
                       : least_error_range(histogram, graph.input().scales, graph.input().scheme);
  }
}

}  // namespace

CalibrationMethod parse_calibration_method(std::string_view name) {
  return kNames.parse("calibration method", name);
}

std::string to_string(CalibrationMethod method) { return kNames[method]; }

void check(const CalibrateOptions& options, const nn::Graph& graph) {
  const auto refuse = [](const std::string& what) { throw Error("calibrate: " + what); };
  if (options.images < 1 || options.batch_size < 1) {
    refuse(std::to_string(options.images) + " images, " + std::to_string(options.batch_size) +
           " a batch, expected at least 1");
  }
  if (!(options.percentile > 50 && options.percentile <= 100)) {
    refuse("percentile " + std::to_string(options.percentile) +
           ", expected more than 50 and at most 100");
  }
  quant::check_rules_are_used("calibration method", options.methods,
                              passes::roles_of(passes::quantized_nodes(graph)));
}

void calibrate(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
               const OnProgress& on_progress) {
  nn::check_is_prepared(graph);
  check(options, graph);
  nn::check_images(graph, dataset);
  const std::vector<passes::QuantizedNode> nodes = passes::quantized_nodes(graph);
  const at::NoGradGuard no_grad;
  for (const nn::Node& node : graph.nodes()) {
    if (const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block)) {
      at_node(node.name, [&] { layer->weight_quantizer->observe(layer->folded_weight()); });
    }
  }
  Methods methods;
  for (const auto& [role, block] : nodes) {
    methods[role.name] =
        quant::find_rule(options.methods, role).value_or(CalibrationMethod::kMovingAverage);
  }
  const Images images{dataset, options, on_progress};
  Ranges ranges = follow_extremes(graph, images, methods);
  search_histograms(graph, images, methods, ranges);
  for (const auto& [role, block] : nodes) {
    const Interval range = ranges.at(role.name);
    block->output_quantizer->set_range({{range.min}, {range.max}});
  }
}

}  // namespace floatsd::ptq
