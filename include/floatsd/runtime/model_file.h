#pragma once
// Model file: an integer network as a safetensors file (docs/model_file.md).

#include <filesystem>
#include <string_view>

#include "floatsd/runtime/program.h"

namespace floatsd::runtime {

/// Writes a valid program; the bytes depend on the program alone, and the file appears whole or not
/// at all. Throws Error naming the path.
void save_model(const Program& program, const std::filesystem::path& path);

/// Reads and validates what save_model wrote. Throws Error naming the path and what is wrong: a
/// file that is truncated, damaged, of another kind or version, a program that validate refuses
/// (FormatViolation if its numbers break their format).
Program load_model(const std::filesystem::path& path);

/// The same of a file's content; `path` names the file in errors.
Program parse_model(std::string_view bytes, const std::filesystem::path& path);

}  // namespace floatsd::runtime
