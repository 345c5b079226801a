#pragma once
// Formats that take turns in a recipe's rules, as a command line names them.

#include <string>
#include <vector>

#include "floatsd/workflow/sweep.h"

namespace floatsd::app {

using workflow::NamedFormat;

/// Formats of `floatsd formats`, "float32", or files CODEBOOK.json, named without the extension.
/// Throws Error if one is unknown.
std::vector<NamedFormat> named_formats(const std::vector<std::string>& texts);

/// The names of `floatsd formats`.
std::vector<std::string> format_names();

}  // namespace floatsd::app
