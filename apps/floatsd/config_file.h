#pragma once
// Config files: every flag of a subcommand, in TOML, without its dashes. The command line wins.

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace floatsd::app {

/// Sets each option of `command`, a subcommand, that the file names and the command line neither
/// gave nor, by another option, excludes. To be called first in the command's callback. Throws
/// Error naming file, line and column: an unknown key (with a suggestion), a value of another type
/// or one that the option does not take, keys that exclude each other, what is not TOML. Keys of
/// another subcommand that takes configs are checked and have no effect; returns a line that names
/// them, or nothing.
std::string apply_config_file(CLI::App& command, const std::filesystem::path& file);

}  // namespace floatsd::app
