#pragma once
// Config files: every flag of a subcommand, in TOML, without its dashes. The command line wins.

#include <filesystem>

namespace CLI {
class App;
}

namespace floatsd::app {

/// Sets each option of `command` that the file names and the command line did not give. To be
/// called first in the command's callback. Throws Error naming file and key: an unknown key (with
/// a suggestion), a value that the option does not take, a file that cannot be read.
void apply_config_file(CLI::App& command, const std::filesystem::path& file);

}  // namespace floatsd::app
