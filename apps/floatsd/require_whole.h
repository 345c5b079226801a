#pragma once
// Whether a file that `floatsd inspect` describes is whole, as far as its format can tell.

#include <string>

#include "serialize/wanted_file.h"

namespace floatsd::app {

/// Throws Error "PATH: is cut short: ..." if an end is missing that a file of that kind has. Files
/// of lines that were cut at the end of one, and kinds without an end, pass.
void require_whole(const serialize::WantedFile& file, const std::string& path);

}  // namespace floatsd::app
