#pragma once
// Whether an output would take the place of what is read.

#include <filesystem>
#include <string>

namespace floatsd::app {

/// Throws Error if `output` is the file `input`, by whatever names: it would be gone. `flag` is
/// what asks for the output.
void require_apart(const std::filesystem::path& input, const std::filesystem::path& output,
                   const std::string& flag);

}  // namespace floatsd::app
