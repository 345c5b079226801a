#pragma once
// Help text: what --help prints.

#include <string>

#include "command_info.h"

namespace floatsd::app {

/// Options in their groups, descriptions beside or below them, nothing wider than `width` but words
/// that are and the footer's examples.
std::string help_text(const CommandInfo& command, int width);

/// The paragraphs of a text, its lines filled up to `width`. Lines that begin with a space stay as
/// they are.
std::string fill(const std::string& text, int width);

}  // namespace floatsd::app
