#pragma once
// Hidden flags: those that a command takes, with names in messages, and that --help does not show.

#include <vector>

namespace CLI {
class Option;
}  // namespace CLI

namespace floatsd::app {

void hide(const std::vector<CLI::Option*>& options);

bool is_hidden(const CLI::Option& option);

}  // namespace floatsd::app
