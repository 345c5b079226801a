#pragma once
// The flags that describe a recipe's training.

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace floatsd::app {

struct Recipe;

void add_training_flags(CLI::App& command, Recipe& recipe);

/// The same, for a command that only takes a training's config: accepted, and not shown. Returns
/// their names without dashes.
std::vector<std::string> accept_training_flags(CLI::App& command, Recipe& recipe);

}  // namespace floatsd::app
