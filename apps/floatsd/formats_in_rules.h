#pragma once
// Formats in rules: one recipe in other weight formats.

#include <string>
#include <vector>

#include "recipe.h"

namespace floatsd::app {

/// A network without rules.
inline constexpr const char* kFloat32 = "float32";

/// The recipe with that format (of `floatsd formats`, or a file CODEBOOK.json) in each of its
/// rules; float32 takes the rules away. Throws Error where there is no such format.
Recipe in_format(const Recipe& recipe, const std::string& format);

/// The name in tables and folders: a file's without its extension.
std::string name_of_format(const std::string& format);

/// Throws Error, beginning with `command`, where the recipe has no rules or two formats one name.
void check_formats(const std::string& command, const Recipe& recipe,
                   const std::vector<std::string>& formats);

}  // namespace floatsd::app
