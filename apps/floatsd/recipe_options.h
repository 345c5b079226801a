#pragma once
// Recipe options: all that a recipe can vary, each with its name and its meaning, once. Flags,
// config files, --print-config and a run's config.toml are made of these tables.

#include "floatsd/workflow/recipe.h"
#include "option_table.h"

namespace floatsd::app {

using workflow::Recipe;

/// Images, network and quantization: of train, calibrate, sweep and search.
OptionTable network_options(Recipe& recipe);

/// Of what trains. The recipe must outlive both tables.
OptionTable training_options(Recipe& recipe);

/// Both as a config that gives the same recipe, whatever the defaults are then.
std::string to_toml(const Recipe& recipe);

/// Its qconfig rules, as --weights reads them.
std::vector<std::string> weight_rules(const Recipe& recipe);

/// Takes the training options, so that one config serves training and calibration, without showing
/// them in --help; their names.
std::vector<std::string> accept_training_flags(CLI::App& command, Recipe& recipe);

}  // namespace floatsd::app
