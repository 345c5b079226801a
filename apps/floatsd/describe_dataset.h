#pragma once
// floatsd data describe DATASET: what a data set holds, and a contact sheet of it.

namespace CLI {
class App;
}

namespace floatsd::app {

/// Adds the subcommand `describe` to `data`.
void add_describe_command(CLI::App& data);

}  // namespace floatsd::app
