#pragma once
// The model file that a user names.

#include <string>

#include "floatsd/runtime/program.h"

namespace floatsd::app {

/// As runtime::load_model; a file of another kind is refused by what it is, with the way out.
runtime::Program open_model(const std::string& path);

}  // namespace floatsd::app
