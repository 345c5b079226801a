#pragma once
// The checksum that what was fetched is held against.

#include <string>
#include <string_view>

namespace floatsd::app {

/// SHA-256 in 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace floatsd::app
