#include "floatsd/passes/prepare.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/layer.h"
#include "passes/node_roles.h"
#include "quant/quantizer.h"

namespace floatsd::passes {
namespace {

std::shared_ptr<nn::Layer> as_layer(const QuantizedNode& node) {
  return std::dynamic_pointer_cast<nn::Layer>(node.block);
}

/// How the range of a layer's weights follows them if the qconfig does not say.
quant::RangeMethod default_observer(const nn::Layer& layer, const quant::WeightScheme& scheme) {
  if (layer.norm) {
    return quant::RangeMethod::kLatest;
  }
  const bool is_ternary = scheme.codebook->level_count() == 3;
  return is_ternary ? quant::RangeMethod::kMovingAverage : quant::RangeMethod::kPeak;
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
  const std::vector<QuantizedNode> nodes = quantized_nodes(graph);
  std::vector<QuantizedNode> layers;
  for (const QuantizedNode& node : nodes) {
    if (const auto layer = as_layer(node)) {
      if (layer->trains_weights()) {
        layers.push_back(node);
      } else {
        layer->set_weight_quantizer(std::make_shared<quant::WeightQuantizer>(
            nn::ChannelAffine::weight_scheme(), quant::RangeMethod::kLatest, layer->weight.size(0),
            qconfig.scales));
      }
    }
  }
  quant::check_rules_are_used("qconfig rule", qconfig.rules, roles_of(layers));
  quant::check_rules_are_used("activation observer", qconfig.activation_observers, roles_of(nodes));
  graph.set_input_scheme(qconfig.activation_scheme, qconfig.scales);
  for (const QuantizedNode& node : layers) {
    const auto scheme = quant::find_rule(qconfig.rules, node.role);
    if (!scheme) {
      throw Error(node.role.name + ": no qconfig rule gives this layer a weight format");
    }
    nn::Layer& layer = *as_layer(node);
    const quant::RangeMethod observer =
        qconfig.weight_observer.value_or(default_observer(layer, *scheme));
    layer.set_weight_quantizer(std::make_shared<quant::WeightQuantizer>(
        *scheme, observer, layer.weight.size(0), qconfig.scales));
  }
  for (const auto& [role, block] : nodes) {
    const auto method =
        quant::find_rule(qconfig.activation_observers, role).value_or(quant::RangeMethod::kPeak);
    if (method == quant::RangeMethod::kLearned &&
        qconfig.activation_scheme == quant::ActivationScheme::kSymmetric) {
      throw Error(role.name +
                  ": a learned range (activation-observer) has two ends, a symmetric one "
                  "(activation-scheme) has one");
    }
    block->set_output_quantizer(std::make_shared<quant::OutputQuantizer>(
        method, qconfig.scales, qconfig.activation_scheme));
  }
}

}  // namespace floatsd::passes
