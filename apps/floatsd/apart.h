#pragma once
// Whether an output would take the place of what is read, or of another output.

#include <filesystem>
#include <string>
#include <vector>

namespace floatsd::app {

/// Throws Error if `output` is the file `input`, by whatever names: it would be gone. `flag` is
/// what asks for the output.
void require_apart(const std::filesystem::path& input, const std::filesystem::path& output,
                   const std::string& flag);

/// A file to be written, and what asks for it; none if the path is empty.
struct Output {
  std::filesystem::path path;
  std::string flag;
};

/// Throws Error if the output is there and lies in the folder, which is read, or below it.
void require_outside(const std::filesystem::path& folder, const Output& output);

/// Throws Error if two of the outputs are one file, be it there or not, or if one could not be
/// written (core/file.h): before the work whose results go there.
void require_outputs(const std::vector<Output>& outputs);

}  // namespace floatsd::app
