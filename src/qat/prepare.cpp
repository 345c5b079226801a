#include "floatsd/qat/prepare.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "floatsd/core/error.h"

namespace floatsd::qat {
namespace {

std::vector<quant::LayerRole> roles(const nn::Graph& graph) {
  std::vector<quant::LayerRole> roles;
  for (const auto& [name, layer] : graph.layers()) {
    roles.push_back({.name = name, .kind = layer->kind()});
  }
  if (!roles.empty()) {
    roles.front().first = true;
    roles.back().last = true;
  }
  return roles;
}

void check_rules_are_used(const quant::QConfig& qconfig,
                          const std::vector<quant::LayerRole>& layers) {
  for (const quant::QConfigRule& rule : qconfig.rules) {
    if (std::none_of(layers.begin(), layers.end(), [&](const quant::LayerRole& layer) {
          return quant::matches(rule.pattern, layer);
        })) {
      throw Error("qconfig rule '" + rule.pattern + "=" + quant::to_string(rule.scheme) +
                  "' matches no layer of the network");
    }
  }
}

void check_every_node_has_an_integer_form(const nn::Graph& graph) {
  for (const nn::Node& node : graph.nodes()) {
    if (std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block) == nullptr &&
        !node.block->copies_codes()) {
      throw Error(node.name + ": this node has no integer form, expected fuse to fold it");
    }
  }
}

}  // namespace

void prepare(nn::Graph& graph, const quant::QConfig& qconfig) {
  if (qconfig.weight_observer == quant::RangeMethod::kLearned) {
    throw Error(
        "weight-observer: learned is for activations; weights learn their scale where a rule says "
        "PATTERN=FORMAT:GRANULARITY:learned");
  }
  check_every_node_has_an_integer_form(graph);
  const std::vector<quant::LayerRole> all_roles = roles(graph);
  check_rules_are_used(qconfig, all_roles);
  graph.set_input_scales(qconfig.scales);
  const auto layers = graph.layers();
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto scheme = quant::find_scheme(qconfig, all_roles[i]);
    if (!scheme) {
      throw Error(layers[i].first + ": no qconfig rule gives this layer a weight format");
    }
    nn::Layer& layer = *layers[i].second;
    layer.set_weight_quantizer(std::make_shared<quant::WeightQuantizer>(
        *scheme, qconfig.weight_observer, layer.weight.size(0), qconfig.scales));
  }
  for (const nn::Node& node : graph.nodes()) {
    if (const auto block = std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block)) {
      block->set_output_quantizer(
          std::make_shared<quant::OutputQuantizer>(qconfig.activation_observer, qconfig.scales));
    }
  }
}

}  // namespace floatsd::qat
