#pragma once
// The flags that describe a recipe's network and how it is quantized.

namespace CLI {
class App;
}

namespace floatsd::app {

struct Recipe;

void add_network_flags(CLI::App& command, Recipe& recipe);

}  // namespace floatsd::app
