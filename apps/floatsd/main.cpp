// floatsd: trains quantized networks, and ships what it validated.

#include <c10/util/Exception.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "command_line.h"
#include "commands.h"
#include "core/names.h"
#include "exit_code.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/error.h"
#include "floatsd/distributed/ranks.h"
#include "floatsd/profile/buffer_pool.h"
#include "floatsd/version.h"
#include "help_formatter.h"
#include "printable.h"
#include "ranks.h"
#include "standard_streams.h"
#include "train/flush_denormals.h"

namespace {

using namespace floatsd::app;
using floatsd::Communicator;

constexpr const char* kFooter = R"(
A first run, with MNIST in DIR/mnist (floatsd data fetch mnist DIR):
  floatsd train --config configs/mnist-lenet-floatsd4.toml --data DIR --output runs/first
  floatsd verify runs/first/last.pt runs/first/model.safetensors --data DIR
  floatsd inspect runs/first/model.safetensors

Exit codes: 0 done; 1 a stated expectation failed; 2 usage or bad input; 3 training diverged;
130, 143 interrupted after saving.)";

int fail(int code, const std::string& message) {
  std::cerr << "floatsd: " << printable(message) << '\n';
  return code;
}

/// CLI11 says nothing of what might have been meant.
void check_subcommand(CLI::App& command, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::App* known : command.get_subcommands([](CLI::App*) { return true; })) {
    names.push_back(known->get_name());
  }
  if (argc > 1 && argv[1][0] != '-') {
    floatsd::find_name("subcommand", argv[1], names);
  }
}

/// An error that is not of ours: with the subcommand for a place.
std::string in(const CLI::App& command, const std::string& message) {
  const auto subcommands = command.get_subcommands();
  const std::string place = subcommands.empty() ? "" : subcommands.front()->get_name() + ": ";
  const bool is_memory = message.find("can't allocate memory") != std::string::npos;
  return place + (is_memory ? "not enough memory: " : "") + message;
}

/// An error that this rank has alone would leave the others waiting.
int fail_on_rank(Communicator& ranks, int code, const std::string& message) {
  if (ranks.size() > 1) {
    abandon(ranks, code, message);
  }
  return fail(code, message);
}

int run(CLI::App& command, Communicator& ranks, int argc, char** argv) {
  try {
    check_subcommand(command, argc, argv);
    command.parse(argc, argv);
    return kDone;
  } catch (const CLI::Success& shown) {  // --help, --version
    return command.exit(shown);
  } catch (const CLI::ParseError& error) {
    return fail(kBadInput, explain(command, error));
  } catch (const Unmet& unmet) {
    return fail(kUnmet, unmet.what());
  } catch (const Interrupted& interrupted) {
    return fail(kSignalled + interrupted.signal, interrupted.what());
  } catch (const floatsd::Diverged& error) {  // of what nobody trains, the numbers were given so
    const bool trains = command.got_subcommand("train") || command.got_subcommand("sweep");
    return fail(trains ? kDiverged : kBadInput, error.what());
  } catch (const floatsd::ErrorOfRanks& error) {
    return fail(kBadInput, error.what());
  } catch (const floatsd::Error& error) {
    return fail_on_rank(ranks, kBadInput, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail_on_rank(ranks, kBadInput, error.path1().string() + ": " + error.code().message());
  } catch (const std::bad_alloc&) {
    return fail_on_rank(ranks, kBadInput, in(command, "not enough memory"));
  } catch (const c10::Error& error) {
    return fail_on_rank(ranks, kBadInput, in(command, first_line(error.what_without_backtrace())));
  } catch (const std::exception& error) {
    return fail_on_rank(ranks, kBadInput, in(command, error.what()));
  }
}

void add_commands(CLI::App& command, Communicator& ranks) {
  add_train_command(command, ranks);
  add_calibrate_command(command, ranks);
  add_convert_command(command);
  add_eval_command(command, ranks);
  add_verify_command(command, ranks);
  add_inspect_command(command);
  add_check_command(command);
  add_analyze_command(command);
  add_import_command(command);
  add_export_command(command);
  add_predict_command(command);
  add_bench_command(command);
  add_report_command(command);
  add_sweep_command(command, ranks);
  add_search_command(command);
  add_formats_command(command);
  add_data_command(command);
  add_manual_command(command);
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  floatsd::profile::pool_buffers();
  floatsd::train::flush_denormals();
  // A limit of the size of files is then an error of the write, with its reason.
  std::signal(SIGXFSZ, SIG_IGN);
  std::unique_ptr<floatsd::Communicator> ranks;
  try {
    ranks = floatsd::distributed::join_ranks();
  } catch (const floatsd::Error& error) {
    return fail(kBadInput, error.what());
  }
  leave_streams_to_first(*ranks);
  CLI::App command("Quantization-aware training that ships the network it validated.", "floatsd");
  command.formatter(help_formatter());  // before subcommands, which inherit it
  command.footer(kFooter);
  command.set_version_flag("--version", FLOATSD_VERSION);
  command.require_subcommand(1);
  add_commands(command, *ranks);
  make_strict(command);
  command.parse_complete_callback([&] { require_shared_work(command, *ranks); });
  const int code = run(command, *ranks, argc, argv);
  try {
    finish_stdout();
    return code;
  } catch (const floatsd::Error& error) {
    return code == kDone ? fail(kBadInput, error.what()) : code;
  }
}
