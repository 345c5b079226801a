#pragma once
// The subcommands; each adds itself to the command line, in a file of its own name.

#include "data_command.h"

namespace CLI {
class App;
}

namespace floatsd {
class Communicator;
}

namespace floatsd::app {

/// Those whose work ranks share out; `ranks` must outlive the command.
void add_train_command(CLI::App& command, Communicator& ranks);
void add_calibrate_command(CLI::App& command, Communicator& ranks);
void add_sweep_command(CLI::App& command, Communicator& ranks);
void add_eval_command(CLI::App& command, Communicator& ranks);
void add_verify_command(CLI::App& command, Communicator& ranks);

/// Those that work by themselves.
void add_convert_command(CLI::App& command);
void add_inspect_command(CLI::App& command);
void add_check_command(CLI::App& command);
void add_import_command(CLI::App& command);
void add_export_command(CLI::App& command);
void add_predict_command(CLI::App& command);
void add_bench_command(CLI::App& command);
void add_analyze_command(CLI::App& command);
void add_search_command(CLI::App& command);
void add_report_command(CLI::App& command);
void add_formats_command(CLI::App& command);
void add_manual_command(CLI::App& command);

}  // namespace floatsd::app
