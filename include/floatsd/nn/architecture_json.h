#pragma once
// An architecture as JSON (docs/architecture.md has the grammar): what a person writes for
// --network FILE.json, and what a checkpoint carries.

#include <filesystem>
#include <string>
#include <string_view>

#include "floatsd/nn/architecture.h"

namespace floatsd::nn {

/// One line a node.
std::string to_json(const Architecture& architecture);

/// Throws Error, beginning with `where`, that names the node and what is wrong with it: a key that
/// is unknown, missing, there twice or of another type, or whatever Architecture::add refuses.
Architecture architecture_from_json(std::string_view text, const std::string& where);

/// The architecture in that file. Throws Error that begins with the path.
Architecture read_architecture(const std::filesystem::path& path);

}  // namespace floatsd::nn
