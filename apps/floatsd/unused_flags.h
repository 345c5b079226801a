#pragma once
// Unused flags: what a recipe sets that has no effect in it.

#include <string>

#include "recipe_options.h"

namespace floatsd::app {

/// A line that names each flag of `recipe` that is not as by default, and that nothing reads;
/// empty if there is none.
std::string unused_flags(const Recipe& recipe);

}  // namespace floatsd::app
