#pragma once
// Text from files as it may be printed: on one line, and without commands to the terminal.

#include <string>
#include <string_view>

namespace floatsd::app {

/// The text with its control characters as C writes them: "\n", "\t", "\x1b".
std::string printable(std::string_view text);

/// The first line of an error: LibTorch's go on with a stack trace.
std::string first_line(std::string_view text);

}  // namespace floatsd::app
