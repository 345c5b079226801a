#include "floatsd/qat/calibrate.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <array>
#include <functional>
#include <map>
#include <memory>

#include "calibration_images.h"
#include "floatsd/core/error.h"
#include "floatsd/core/names.h"
#include "floatsd/qat/histogram.h"
#include "floatsd/qat/pixels.h"
#include "floatsd/quant/observer.h"

namespace floatsd::qat {
namespace {

constexpr int64_t kBins = 2048;
const std::array<std::string, 4> kNames = {"moving-average", "min-max", "percentile", "mse"};

using Ranges = std::map<std::string, Interval>;  // of nodes by name

std::shared_ptr<nn::QuantizedBlock> quantized_block(const nn::Node& node) {
  return std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block);
}

/// Shows the output of each quantized node for each batch.
void show_outputs(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
                  const std::function<void(const std::string& name, const at::Tensor&)>& show) {
  for_each_batch(dataset, options, [&](const at::Tensor& pixels) {
    graph.forward(pixels, [&](const nn::Node& node, const nn::Signal& output) {
      if (quantized_block(node)) {
        show(node.name, output.values);
      }
    });
  });
}

Ranges follow_extremes(nn::Graph& graph, const data::Dataset& dataset,
                       const CalibrateOptions& options) {
  const auto method = options.method == CalibrationMethod::kMovingAverage
                          ? quant::RangeMethod::kMovingAverage
                          : quant::RangeMethod::kMinMax;
  std::map<std::string, quant::Observer> observers;
  show_outputs(graph, dataset, options, [&](const std::string& name, const at::Tensor& values) {
    const auto observer = observers.try_emplace(name, method, /*entries=*/1).first;
    observer->second.observe(quant::range_of(values, Granularity::kPerTensor));
  });
  Ranges ranges;
  for (const auto& [name, observer] : observers) {
    const quant::Range range = observer.range();
    ranges[name] = {range.min.front(), range.max.front()};
  }
  return ranges;
}

Ranges search_histograms(nn::Graph& graph, const data::Dataset& dataset,
                         const CalibrateOptions& options, Ranges ranges) {
  std::map<std::string, Histogram> histograms;
  for (const auto& [name, range] : ranges) {
    histograms[name] = empty_histogram(range, kBins);
  }
  show_outputs(graph, dataset, options, [&](const std::string& name, const at::Tensor& values) {
    const at::Tensor dense = values.cpu().contiguous(values.suggest_memory_format());
    count(histograms.at(name), {dense.const_data_ptr<float>(), static_cast<size_t>(dense.numel())});
  });
  for (auto& [name, range] : ranges) {
    range = options.method == CalibrationMethod::kPercentile
                ? percentile_range(histograms.at(name), options.percentile)
                : least_error_range(histograms.at(name), graph.input().scales);
  }
  return ranges;
}

}  // namespace

CalibrationMethod parse_calibration_method(std::string_view name) {
  return static_cast<CalibrationMethod>(find_name("calibration method", name, kNames));
}

std::string to_string(CalibrationMethod method) { return kNames[static_cast<size_t>(method)]; }

void check(const CalibrateOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error("calibrate: " + what); };
  if (options.images < 1 || options.batch_size < 1) {
    refuse(std::to_string(options.images) + " images, " + std::to_string(options.batch_size) +
           " a batch, expected at least 1");
  }
  if (!(options.percentile > 50 && options.percentile <= 100)) {
    refuse("percentile " + std::to_string(options.percentile) +
           ", expected more than 50 and at most 100");
  }
}

void calibrate(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options) {
  check(options);
  check_images(graph, dataset);
  const torch::NoGradGuard no_grad;
  graph.set_pass({quant::Mode::kFloat});
  for (const auto& [name, layer] : graph.layers()) {
    layer->weight_quantizer->observe(layer->folded_weight());
  }
  Ranges ranges = follow_extremes(graph, dataset, options);
  if (options.method == CalibrationMethod::kPercentile ||
      options.method == CalibrationMethod::kMeanSquaredError) {
    ranges = search_histograms(graph, dataset, options, std::move(ranges));
  }
  for (const nn::Node& node : graph.nodes()) {
    if (const auto block = quantized_block(node)) {
      const Interval range = ranges.at(node.name);
      block->output_quantizer->set_range({{range.min}, {range.max}});
    }
  }
  graph.set_pass({quant::Mode::kFrozen});
}

}  // namespace floatsd::qat
