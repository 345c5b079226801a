#include "floatsd/train/network_spec.h"

#include <set>
#include <string>
#include <utility>

#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/prepare.h"
#include "nn/layer.h"
#include "train/network_spec_value.h"

namespace floatsd::train {
namespace {

using serialize::Dict;
using serialize::Field;
using serialize::List;

/// What `parse` reads in a text; what it refuses is refused with the text's place.
template <typename Parse>
auto parsed(const Field& text, const Parse& parse) {
  const std::string& value = text.string();
  return named(text.where(), [&] { return parse(value); });
}

/// One for each channel, from one number for all or one for each; empty: `known`.
std::vector<float> of_channels(const Field& list, const std::vector<float>& known) {
  if (list.size() == 0) {
    return known;
  }
  std::vector<float> values;
  for (size_t i = 0; i < known.size(); ++i) {
    values.push_back(static_cast<float>(list[list.size() == 1 ? 0 : i].number()));
  }
  return values;
}

/// What a checkpoint says of its architecture; before it was a value, by a name of the zoo.
nn::Architecture architecture_from(const Field& dict) {
  if (dict.has("architecture")) {
    return nn::architecture_from_json(dict["architecture"].string(),
                                      dict.where() + ": architecture");
  }
  nn::Architecture architecture = parsed(
      dict["network"], [](const std::string& name) { return models::make_architecture(name); });
  if (dict.has("mean")) {  // it was the zoo's
    architecture.set_normalization(of_channels(dict["mean"], architecture.input().mean),
                                   of_channels(dict["std"], architecture.input().deviation));
  }
  return architecture;
}

}  // namespace

nn::Graph make_graph(const NetworkSpec& spec) {
  nn::Graph graph(spec.architecture);
  passes::fuse(graph);
  if (!spec.qconfig.rules.empty()) {
    require(spec.signals == quant::SignalFormats{},
            "activations, gradients and sums are for float networks; with weight rules "
            "activations are 8-bit codes and sums are integers");
    passes::prepare(graph, spec.qconfig);
  }
  for (const auto& [name, layer] : graph.layers()) {
    layer->signals = spec.signals;
  }
  std::set<std::string> names;  // a fused norm's tensors have the layer's name before them
  for (const auto& [name, tensor] : graph.state()) {
    require(names.insert(name).second, graph.network() + ": two tensors would be named " + name +
                                           "; one of their nodes wants another name");
  }
  return graph;
}

Dict to_dict(const NetworkSpec& spec) {
  List rules;
  for (const quant::QConfigRule& rule : spec.qconfig.rules) {
    rules.items.emplace_back(rule.pattern + "=" + quant::to_string(rule.value));
  }
  Dict dict;
  dict.add("network", spec.architecture.name());
  dict.add("architecture", nn::to_json(spec.architecture));
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
  return dict;
}

NetworkSpec network_spec_from(const Field& dict) {
  NetworkSpec spec{.architecture = architecture_from(dict)};
  const Field rules = dict["weights"];
  for (size_t i = 0; i < rules.size(); ++i) {
    spec.qconfig.rules.push_back(parsed(rules[i], quant::parse_qconfig_rule));
  }
  spec.qconfig.weight_observer = parsed(dict["weight_observer"], quant::parse_weight_observer);
  const auto add_observer = [&](const Field& rule) {
    spec.qconfig.activation_observers.push_back(parsed(rule, [](const std::string& text) {
      return quant::parse_rule(text, quant::parse_range_method);
    }));
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
    spec.signals = {parsed(dict["activations"], quant::parse_signal_format),
                    parsed(dict["gradients"], quant::parse_signal_format)};
  }
  if (dict.has("activation_scheme")) {  // it was affine
    spec.qconfig.activation_scheme =
        parsed(dict["activation_scheme"], quant::parse_activation_scheme);
  }
  if (dict.has("sums")) {  // they were float32
    spec.signals.sums = parsed(dict["sums"], quant::parse_sums);
  }
  if (dict.has("scales")) {  // not in files from before there was a choice
    spec.qconfig.scales = parsed(dict["scales"], quant::parse_scale_grid);
  }
  return spec;
}

}  // namespace floatsd::train
