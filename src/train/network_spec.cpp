#include "floatsd/train/network_spec.h"

#include <cmath>
#include <utility>

#include "floatsd/core/error.h"
#include "floatsd/nn/zoo.h"
#include "floatsd/qat/fuse.h"
#include "floatsd/qat/prepare.h"
#include "require.h"

namespace floatsd::train {
namespace {

using serialize::Dict;
using serialize::Field;
using serialize::List;

List to_list(const std::vector<double>& values) {
  List list;
  for (const double value : values) {
    list.items.emplace_back(value);
  }
  return list;
}

std::vector<double> numbers(const Field& list) {
  std::vector<double> values;
  for (size_t i = 0; i < list.size(); ++i) {
    values.push_back(list[i].number());
  }
  return values;
}

/// One for each channel.
std::vector<float> of_channels(const std::vector<double>& values, int64_t channels,
                               const std::string& flag) {
  require(values.size() == 1 || std::ssize(values) == channels,
          flag + ": " + std::to_string(values.size()) + " numbers, expected one, or " +
              std::to_string(channels) + " for the input's channels");
  std::vector<float> result(values.begin(), values.end());
  result.resize(static_cast<size_t>(channels), result.front());
  return result;
}

/// What the spec says of the input, in place of the zoo's.
void set_normalization(nn::Graph& graph, const NetworkSpec& spec) {
  nn::InputSpec input = graph.input();
  if (!spec.mean.empty()) {
    input.mean = of_channels(spec.mean, input.channels, "--mean");
  }
  if (!spec.deviation.empty()) {
    input.deviation = of_channels(spec.deviation, input.channels, "--std");
  }
  constexpr float kLargest = 1e4F;  // beyond it pixels were not divided by 255, or it is a slip
  for (const float mean : input.mean) {
    require(std::abs(mean) <= kLargest,
            "--mean: " + std::to_string(mean) + ", expected a mean of pixels between 0 and 1");
  }
  for (const float deviation : input.deviation) {
    require(deviation >= 1 / kLargest && deviation <= kLargest,
            "--std: " + std::to_string(deviation) +
                ", expected a positive deviation of pixels between 0 and 1");
  }
  graph.set_input_normalization(std::move(input.mean), std::move(input.deviation));
}

}  // namespace

nn::Graph make_graph(const NetworkSpec& spec) {
  nn::Graph graph = nn::make_network(spec.network);
  set_normalization(graph, spec);
  qat::fuse(graph);
  if (!spec.qconfig.rules.empty()) {
    require(spec.signals == quant::SignalFormats{},
            "--activations, --gradients and --sums are for float networks; with --weights "
            "activations are 8-bit codes and sums are integers");
    qat::prepare(graph, spec.qconfig);
  }
  for (const auto& [name, layer] : graph.layers()) {
    layer->signals = spec.signals;
  }
  return graph;
}

Dict to_dict(const NetworkSpec& spec) {
  List rules;
  for (const quant::QConfigRule& rule : spec.qconfig.rules) {
    rules.items.emplace_back(rule.pattern + "=" + quant::to_string(rule.value));
  }
  Dict dict;
  dict.add("network", spec.network);
  dict.add("weights", std::move(rules));
  dict.add("weight_observer", quant::to_string(spec.qconfig.weight_observer));
  List observers;
  for (const auto& rule : spec.qconfig.activation_observers) {
    observers.items.emplace_back(quant::to_string(rule));
  }
  dict.add("activation_observers", std::move(observers));
  dict.add("activations", quant::to_string(spec.signals.activations));
  dict.add("gradients", quant::to_string(spec.signals.gradients));
  dict.add("sums", quant::to_string(spec.signals.sums));
  dict.add("activation_scheme", quant::to_string(spec.qconfig.activation_scheme));
  dict.add("scales", quant::to_string(spec.qconfig.scales));
  dict.add("mean", to_list(spec.mean));
  dict.add("std", to_list(spec.deviation));
  return dict;
}

NetworkSpec network_spec_from(const Field& dict) {
  NetworkSpec spec{.network = dict["network"].string()};
  const Field rules = dict["weights"];
  for (size_t i = 0; i < rules.size(); ++i) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rules[i].string()));
  }
  spec.qconfig.weight_observer = quant::parse_weight_observer(dict["weight_observer"].string());
  const auto add_observer = [&](const Field& rule) {
    spec.qconfig.activation_observers.push_back(
        quant::parse_rule(rule.string(), quant::parse_range_method));
  };
  if (dict.has("activation_observer")) {  // in checkpoints from before there were rules
    add_observer(dict["activation_observer"]);
  } else {
    const Field observers = dict["activation_observers"];
    for (size_t i = 0; i < observers.size(); ++i) {
      add_observer(observers[i]);
    }
  }
  if (dict.has("activations")) {  // checkpoints were float32 before there were signal formats
    spec.signals = {quant::parse_signal_format(dict["activations"].string()),
                    quant::parse_signal_format(dict["gradients"].string())};
  }
  if (dict.has("activation_scheme")) {  // it was affine
    spec.qconfig.activation_scheme =
        quant::parse_activation_scheme(dict["activation_scheme"].string());
  }
  if (dict.has("sums")) {  // they were float32
    spec.signals.sums = quant::parse_sums(dict["sums"].string());
  }
  if (dict.has("scales")) {  // not in files from before there was a choice
    spec.qconfig.scales = quant::parse_scale_grid(dict["scales"].string());
  }
  if (dict.has("mean")) {  // it was the zoo's
    spec.mean = numbers(dict["mean"]);
    spec.deviation = numbers(dict["std"]);
  }
  return spec;
}

}  // namespace floatsd::train
