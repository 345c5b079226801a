#pragma once
// A recipe as the config that --config reads back.

#include <string>
#include <vector>

namespace floatsd::app {

struct Recipe;

/// One line a key.
std::string to_toml(const Recipe& recipe);

/// The values of a flag that takes rules, as a config writes them: one alone, several in brackets.
std::string toml_rules(const std::vector<std::string>& rules);

}  // namespace floatsd::app
