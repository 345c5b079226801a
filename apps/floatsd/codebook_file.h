#pragma once
// A user's own weight format from a file, {"name": "mine", "levels": [0, 1, 3, 9], "rounding":
// "nearest" or "geometric"}, turned into the name that defines it (core/formats/own_levels.h), so
// that a run's files need no other.

#include <string>

namespace floatsd::app {

/// A format's name: of a file FORMAT.json the name that defines it, else `format` as it is. Throws
/// Error naming the file and what is wrong in it.
std::string format_name(const std::string& format);

/// A qconfig rule whose FORMAT ends in .json, with the file's format in its place; any other rule
/// as it is. Throws Error naming the file and what is wrong in it.
std::string with_codebook_file(const std::string& rule);

}  // namespace floatsd::app
