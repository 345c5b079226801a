#pragma once
// floatsd data: fetch NAME DIR, the published data sets, downloaded and checked; and describe.

namespace CLI {
class App;
}

namespace floatsd::app {

/// Adds the subcommand `data` to the command. Its callback throws Error if a file cannot be
/// had, and leaves the files that were complete by then.
void add_data_command(CLI::App& command);

}  // namespace floatsd::app
