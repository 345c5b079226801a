#pragma once
// Names of flags that somebody meant: as other tools call them, or mistyped.

#include <string>
#include <string_view>
#include <vector>

namespace floatsd::app {

/// The one of `known` that `name` most likely stands for: with other hyphens or letter case, as
/// another tool calls it (learning-rate), cut off, or mistyped. Empty if none does.
std::string meant_flag(std::string_view name, const std::vector<std::string>& known);

}  // namespace floatsd::app
