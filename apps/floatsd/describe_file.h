#pragma once
// What `floatsd inspect` says of the files that floatsd writes beside networks and tensors, in one
// line.

#include <optional>
#include <string>

#include "serialize/wanted_file.h"

namespace floatsd::app {

/// "golden vectors: 5 layers, images: 4"; nothing if it is no such file. Throws Error if it
/// is a damaged one.
std::optional<std::string> describe_file(const serialize::WantedFile& file,
                                         const std::string& path);

}  // namespace floatsd::app
