#include "recipe.h"

#include <string>

#include "recipe_architecture.h"

namespace floatsd::app {

DatasetFlags dataset_flags(const Recipe& recipe) { return {recipe.dataset, recipe.resize}; }

train::NetworkSpec network_spec(const Recipe& recipe) {
  train::NetworkSpec spec{.architecture = architecture_of(recipe)};
  for (const std::string& rule : recipe.weights) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  spec.qconfig.weight_observer = quant::parse_weight_observer(recipe.weight_observer);
  for (const std::string& rule : recipe.activation_observer) {
    spec.qconfig.activation_observers.push_back(quant::parse_rule(rule, quant::parse_range_method));
  }
  spec.signals = {quant::parse_signal_format(recipe.activations),
                  quant::parse_signal_format(recipe.gradients), quant::parse_sums(recipe.sums)};
  spec.qconfig.activation_scheme = quant::parse_activation_scheme(recipe.activation_scheme);
  spec.qconfig.scales = quant::parse_scale_grid(recipe.scales);
  return spec;
}

}  // namespace floatsd::app
