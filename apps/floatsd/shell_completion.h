#pragma once
// Shell completion: scripts by which shells complete the command's subcommands, flags and values.

#include <string>

#include "command_info.h"

namespace floatsd::app {

std::string bash_completion(const CommandInfo& command);
std::string zsh_completion(const CommandInfo& command);
std::string fish_completion(const CommandInfo& command);

}  // namespace floatsd::app
