#include "floatsd/ptq/calibrate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/enum_names.h"
#include "core/share_out.h"
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
  Communicator& ranks;
  const OnProgress& on_progress;
};

/// Called with the output of a node for a batch of that index.
using Show = std::function<void(const std::string& name, size_t batch, const at::Tensor&)>;

/// Shows the output of each quantized node for each of this rank's batches, in a stage of that
/// name.
void show_outputs(nn::Graph& graph, const Images& images, const std::string& stage,
                  const Show& show) {
  const auto& [dataset, options, ranks, on_progress] = images;
  const std::vector<ImageBatch> batches =
      batches_of_rank(image_count(dataset, options), options.batch_size, ranks);
  Work work(on_progress, stage, "images", images_in(batches));
  for (const auto& [begin, end] : batches) {
    const auto batch = static_cast<size_t>(begin / options.batch_size);
    graph.forward(nn::pixels(dataset, begin, end), quant::Pass::kFloat,
                  [&](const nn::Node& node, const ops::Signal& output) {
                    if (std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block)) {
                      show(node.name, batch, output.values);
                    }
                  });
    work.advance(end - begin);
  }
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

/// The extremes of each node's output in each batch, of all ranks' batches.
class Extremes {
 public:
  Extremes(const Methods& nodes, const Images& images)
      : batches_((image_count(images.dataset, images.options) - 1) / images.options.batch_size +
                 1) {
    for (const auto& [name, method] : nodes) {
      first_.emplace(name, first_.size() * batches_);
    }
    ends_.assign(2 * first_.size() * batches_, -std::numeric_limits<float>::infinity());
  }

  void set(const std::string& name, size_t batch, const ops::Range& range) {
    ops::check_finite(range);
    float* ends = ends_.data() + 2 * (first_.at(name) + batch);
    ends[0] = -range.min.front();  // the smallest is the largest of the negated
    ends[1] = range.max.front();
  }

  /// Takes in those that other ranks have set.
  void gather(Communicator& ranks) { max_over_ranks(ranks, ends_); }

  /// What a quantizer's observer follows: in the order of the batches.
  [[nodiscard]] Interval followed(const std::string& name, quant::RangeMethod method) const {
    quant::Observer observer(method, /*entries=*/1);
    const float* ends = ends_.data() + 2 * first_.at(name);
    for (size_t batch = 0; batch < batches_; ++batch, ends += 2) {
      observer.observe({{-ends[0]}, {ends[1]}});
    }
    const ops::Range range = observer.range();
    return {range.min.front(), range.max.front()};
  }

 private:
  size_t batches_;
  std::map<std::string, size_t> first_;  // of a node: the place of its first batch
  std::vector<float> ends_;              // of each place: -min, max
};

Ranges follow_extremes(nn::Graph& graph, const Images& images, const Methods& methods) {
  Extremes extremes(methods, images);
  agree(images.ranks, [&] {
    show_outputs(graph, images, "observe",
                 [&](const std::string& name, size_t batch, const at::Tensor& values) {
                   at_node(name, [&] {
                     extremes.set(name, batch, ops::range_of(values, Granularity::kPerTensor));
                   });
                 });
  });
  extremes.gather(images.ranks);
  Ranges ranges;
  for (const auto& [name, method] : methods) {
    ranges[name] = extremes.followed(name, method == CalibrationMethod::kMovingAverage
                                               ? quant::RangeMethod::kMovingAverage
                                               : quant::RangeMethod::kMinMax);
  }
  return ranges;
}

bool needs_histogram(CalibrationMethod method) {
  return method == CalibrationMethod::kPercentile || method == CalibrationMethod::kMeanSquaredError;
}

void observe_weights(nn::Graph& graph) {
  for (const nn::Node& node : graph.nodes()) {
    if (const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block)) {
      at_node(node.name, [&] { layer->weight_quantizer->observe(layer->folded_weight()); });
    }
  }
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
  const auto count_values = [&](const std::string& name, size_t, const at::Tensor& values) {
    if (const auto histogram = histograms.find(name); histogram != histograms.end()) {
      const at::Tensor dense = values.contiguous(values.suggest_memory_format());
      count(histogram->second, {dense.const_data_ptr<float>(), static_cast<size_t>(dense.numel())});
    }
  };
  agree(images.ranks, [&] { show_outputs(graph, images, "histograms", count_values); });
  for (auto& [name, histogram] : histograms) {
    sum_over_ranks(images.ranks, histogram.counts);
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
  Alone alone;
  calibrate(graph, dataset, options, alone, on_progress);
}

void calibrate(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
               Communicator& ranks, const OnProgress& on_progress) {
  std::vector<passes::QuantizedNode> nodes;
  Methods methods;
  const at::NoGradGuard no_grad;
  agree(ranks, [&] {
    nn::check_is_prepared(graph);
    check(options, graph);
    check_calibration_images(graph, dataset);
    observe_weights(graph);
    nodes = passes::quantized_nodes(graph);
    for (const auto& [role, block] : nodes) {
      methods[role.name] =
          quant::find_rule(options.methods, role).value_or(CalibrationMethod::kMovingAverage);
    }
  });
  const Images images{dataset, options, ranks, on_progress};
  Ranges ranges = follow_extremes(graph, images, methods);
  search_histograms(graph, images, methods, ranges);
  for (const auto& [role, block] : nodes) {
    const Interval range = ranges.at(role.name);
    block->output_quantizer->set_range({{range.min}, {range.max}});
  }
}

}  // namespace floatsd::ptq
