#include "network_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "codebook_file.h"
#include "float_import.h"
#include "floatsd/core/error.h"
#include "recipe.h"

namespace floatsd::app {
namespace {

/// "none" alone takes the rules of a config back.
std::vector<std::string> without_none(const std::vector<std::string>& rules) {
  const std::string none = "none";
  if (rules == std::vector{none}) {
    return {};
  }
  if (std::find(rules.begin(), rules.end(), none) != rules.end()) {
    throw Error("weights: none beside rules, expected it alone");
  }
  return rules;
}

}  // namespace

void add_network_flags(CLI::App& command, Recipe& recipe) {
  command.add_option("--dataset", recipe.dataset, dataset_help())->capture_default_str();
  add_resize_flag(command, recipe.resize);
  command.add_option(
      "--network", recipe.network,
      "lenet, mobilenetv2, mobilenetv2-shortcut or resnet20, the latter three with "
      "options as in mobilenetv2:width=0.5:relu6; an architecture FILE.json "
      "(docs/architecture.md); or a checkpoint, whose architecture is taken (default: "
      "that of the weights to start from if they are such a checkpoint's, else lenet)");
  add_normalization_flags(command, recipe.mean, recipe.deviation);
  add_weights_from_flag(command, recipe.weights_from);
  command
      .add_option_function<std::vector<std::string>>(
          "--weights",
          [&recipe](const std::vector<std::string>& rules) {
            recipe.weights = without_none(rules);
          },
          "Quantization rules PATTERN=FORMAT:GRANULARITY[:SCALE], the last match wins; PATTERN is "
          "conv, depthwise, linear, first, last or a glob over layer names, FORMAT one of "
          "`floatsd formats` or a file CODEBOOK.json, GRANULARITY per-channel or per-tensor, SCALE "
          "by the weights: max (if none is said), percentile (99.9), mse (least squared error) or "
          "learned. No rule, or none: float32")
      ->transform(with_codebook_file)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option(
          "--weight-observer", recipe.weight_observer,
          "How a weight's range follows it: latest (its range at each step), moving-average, "
          "peak or min-max; auto is latest if a batch norm is folded into the weight, "
          "else moving-average")
      ->capture_default_str();
  command
      .add_option(
          "--activation-observer", recipe.activation_observer,
          "How an activation's range follows its batches: peak (grows with them at once, "
          "shrinks by a hundredth of the difference), moving-average (follows by a "
          "hundredth either way, as the FloatSD package does: too slow for the first steps "
          "of a training), min-max, latest, or learned (from the first quantized batch on; "
          "weight decay on all draws it in). For some, PATTERN=METHOD, the last match wins; "
          "PATTERN as of --weights, or add or average-pool")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->default_str(recipe.activation_observer.front());
  command
      .add_option("--activation-scheme", recipe.activation_scheme,
                  "Where the value 0 lies among the 8-bit codes of activations and input: affine "
                  "(where the range wants it), or symmetric (in the middle, at the lowest code "
                  "where nothing is negative; not with learned ranges)")
      ->capture_default_str();
  command
      .add_option("--scales", recipe.scales,
                  "Scales of weights, activations and input: any, or power-of-two (requantization "
                  "is then a shift)")
      ->capture_default_str();
}

}  // namespace floatsd::app
