#include "recipe.h"

#include <CLI/CLI.hpp>
#include <iomanip>
#include <limits>
#include <sstream>

namespace floatsd::app {

void add_network_flags(CLI::App& command, Recipe& recipe) {
  command.add_option("--dataset", recipe.dataset, "mnist or cifar10")->capture_default_str();
  command.add_option("--network", recipe.network, "lenet")->capture_default_str();
  command
      .add_option("--weights", recipe.weights,
                  "Quantization rules PATTERN=FORMAT:GRANULARITY, the last match wins; PATTERN is "
                  "conv, depthwise, linear, first, last or a glob over layer names, FORMAT one of "
                  "`floatsd formats`, GRANULARITY per-channel or per-tensor. None: float32")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--weight-observer", recipe.weight_observer,
                  "How a weight's range follows it: moving-average or min-max")
      ->capture_default_str();
  command
      .add_option("--activation-observer", recipe.activation_observer,
                  "How an activation's range follows it: moving-average or min-max")
      ->capture_default_str();
}

void add_training_flags(CLI::App& command, Recipe& recipe) {
  train::TrainOptions& options = recipe.options;
  command.add_option("--init", recipe.init,
                     "Float weights to start from: a checkpoint, or a state dict of torch.save");
  command.add_option("--epochs", options.epochs, "Passes over the training images")
      ->capture_default_str();
  command.add_option("--batch-size", options.batch_size, "Images a step")->capture_default_str();
  command
      .add_option("--lr", options.learning_rate,
                  "Learning rate of the first step; it falls along a cosine to 0")
      ->capture_default_str();
  command.add_option("--momentum", options.momentum, "Nesterov momentum")->capture_default_str();
  command.add_option("--weight-decay", options.weight_decay, "L2 penalty on every parameter")
      ->capture_default_str();
  command
      .add_option("--observe-epochs", options.phases.observe_epochs,
                  "Epochs at the beginning that train in float while ranges are observed")
      ->capture_default_str();
  command
      .add_option("--freeze-epochs", options.phases.freeze_epochs,
                  "Epochs at the end that train with frozen ranges")
      ->capture_default_str();
  command
      .add_option("--seed", options.seed, "Of the initial weights and of the order of the images")
      ->capture_default_str();
  command.add_option("--limit", recipe.limit, "Train on the first N images only (0: all)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

train::NetworkSpec network_spec(const Recipe& recipe) {
  train::NetworkSpec spec{.network = recipe.network};
  for (const std::string& rule : recipe.weights) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  spec.qconfig.weight_observer = quant::parse_range_method(recipe.weight_observer);
  spec.qconfig.activation_observer = quant::parse_range_method(recipe.activation_observer);
  return spec;
}

std::string to_toml(const Recipe& recipe) {
  const train::TrainOptions& options = recipe.options;
  std::ostringstream out;
  out << std::setprecision(std::numeric_limits<double>::max_digits10);
  out << "dataset = " << std::quoted(recipe.dataset) << '\n';
  out << "network = " << std::quoted(recipe.network) << '\n';
  if (!recipe.weights.empty()) {
    out << "weights = [";
    for (size_t i = 0; i < recipe.weights.size(); ++i) {
      out << (i == 0 ? "" : ", ") << std::quoted(recipe.weights[i]);
    }
    out << "]\n";
  }
  out << "weight-observer = " << std::quoted(recipe.weight_observer) << '\n';
  out << "activation-observer = " << std::quoted(recipe.activation_observer) << '\n';
  if (!recipe.init.empty()) {
    out << "init = " << std::quoted(recipe.init) << '\n';
  }
  out << "epochs = " << options.epochs << '\n';
  out << "batch-size = " << options.batch_size << '\n';
  out << "lr = " << options.learning_rate << '\n';
  out << "momentum = " << options.momentum << '\n';
  out << "weight-decay = " << options.weight_decay << '\n';
  out << "observe-epochs = " << options.phases.observe_epochs << '\n';
  out << "freeze-epochs = " << options.phases.freeze_epochs << '\n';
  out << "seed = " << options.seed << '\n';
  out << "limit = " << recipe.limit << '\n';
  return out.str();
}

}  // namespace floatsd::app
