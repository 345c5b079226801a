#pragma once
// Describe: a command's options and subcommands, as the command line has them, as plain values.

#include "command_info.h"

namespace CLI {
class App;
}

namespace floatsd::app {

/// Hidden options (hidden_flags.h) are left out.
CommandInfo describe(const CLI::App& command);

}  // namespace floatsd::app
