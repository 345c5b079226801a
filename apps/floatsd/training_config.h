#pragma once
// Training config: a config file in a command that trains, and what a person should know of it.

#include <string>
#include <vector>

#include "recipe_options.h"

namespace CLI {
class App;
}

namespace floatsd::app {

/// Applies the file, if `config` names one, and shrinks phases and warm-up that do not fit into the
/// epochs (shorter_run.h): what the command line gives stays as it is, and if it does not give
/// --epochs, what the file gives, too. Returns remarks. Throws Error.
std::vector<std::string> apply_training_config(CLI::App& command, const std::string& config,
                                               Recipe& recipe);

}  // namespace floatsd::app
