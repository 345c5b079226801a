#pragma once
// Formats that take turns in a recipe's rules, as a command line names them.

#include <string>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/workflow/recipe.h"

namespace floatsd::app {

struct NamedFormat {
  std::string name;                    ///< in tables and folders: a file's without its extension
  const Codebook* codebook = nullptr;  ///< null: float32, a network without rules
};

/// Formats of `floatsd formats`, files CODEBOOK.json, "float32". Throws Error, beginning with
/// `command`, if the recipe has no rules, two formats have one name, or one is unknown.
std::vector<NamedFormat> named_formats(const std::string& command, const workflow::Recipe& recipe,
                                       const std::vector<std::string>& texts);

}  // namespace floatsd::app
