#pragma once
// Input: the C that makes codes of an image's bytes.

#include <string>

#include "floatsd/runtime/program.h"

namespace floatsd::emit::c {

/// The definition of `input_table` and `void read_image(image, out)`. Requires an input table.
std::string read_image_function(const runtime::Program& program);

}  // namespace floatsd::emit::c
