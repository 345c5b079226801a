#include "training_config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "command_line.h"
#include "config_file.h"
#include "given_flags.h"
#include "recipe_options.h"
#include "shorter_run.h"
#include "toml_file.h"
#include "unused_flags.h"

namespace floatsd::app {
namespace {

/// The epochs of the config, or those of none.
int planned_epochs(const std::string& config) {
  int64_t epochs = train::TrainOptions{}.epochs;
  for (const TomlEntry& entry : config.empty() ? std::vector<TomlEntry>() : read_toml(config)) {
    if (entry.key == "epochs") {
      epochs = std::stoll(entry.values.front().text);
    }
  }
  return static_cast<int>(std::clamp<int64_t>(epochs, 1, kMostEpochs));
}

/// The remark on learned ranges that random weights soon outgrow; "" if there are none.
std::string early_ranges(const Recipe& recipe) {
  const passes::PhaseSchedule& phases = recipe.options.phases;
  const auto& observers = recipe.qconfig.activation_observers;
  const bool learns = std::any_of(observers.begin(), observers.end(), [](const auto& rule) {
    return rule.value == quant::RangeMethod::kLearned;
  });
  return learns && recipe.quantizes() && recipe.init.empty() && phases.float_epochs == 0 &&
                 phases.observe_epochs == 0
             ? "learned ranges begin at the first batch, and random weights behind a batch norm "
               "outgrow them: --observe-epochs lets them follow first"
             : "";
}

}  // namespace

std::vector<std::string> apply_training_config(CLI::App& command, const std::string& config,
                                               Recipe& recipe) {
  const std::set<std::string> on_command_line = given_flags(command);
  std::vector<std::string> remarks;
  if (!config.empty()) {
    remarks.push_back(apply_config_file(command, config));
  }
  const bool overrides = on_command_line.contains("epochs");
  const Plan plan = {.epochs = overrides ? planned_epochs(config) : train::TrainOptions{}.epochs,
                     .kept = overrides ? on_command_line : given_flags(command)};
  remarks.push_back(shrink_to_fit(recipe.options, recipe.quantizes(), plan));
  train::check(recipe.options);
  remarks.push_back(unused_flags(recipe));
  remarks.push_back(early_ranges(recipe));
  std::erase(remarks, std::string());
  return remarks;
}

}  // namespace floatsd::app
