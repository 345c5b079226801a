// floatsd: trains quantized networks, and ships what it validated.

#include <c10/util/Exception.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "commands.h"
#include "core/names.h"
#include "exit_code.h"
#include "floatsd/core/error.h"
#include "floatsd/profile/buffer_pool.h"
#include "floatsd/version.h"
#include "printable.h"
#include "standard_streams.h"
#include "train/flush_denormals.h"

namespace {

using namespace floatsd::app;

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

/// LibTorch's errors go on with a stack trace behind their first line.
std::string text_of(const c10::Error& error) {
  const std::string message = error.what_without_backtrace();
  return message.substr(0, message.find('\n'));
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
int fail_in(const CLI::App& command, const std::string& message) {
  const auto subcommands = command.get_subcommands();
  const std::string place = subcommands.empty() ? "" : subcommands.front()->get_name() + ": ";
  const bool is_memory = message.find("can't allocate memory") != std::string::npos;
  return fail(kBadInput, place + (is_memory ? "not enough memory: " : "") + message);
}

int run(CLI::App& command, int argc, char** argv) {
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
  } catch (const floatsd::Error& error) {
    return fail(kBadInput, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(kBadInput, error.path1().string() + ": " + error.code().message());
  } catch (const std::bad_alloc&) {
    return fail_in(command, "not enough memory");
  } catch (const c10::Error& error) {
    return fail_in(command, text_of(error));
  } catch (const std::exception& error) {
    return fail_in(command, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  const bool imports = argc > 1 && std::string_view(argv[1]) == "import";  // makes each tensor once
  if (imports) {
    floatsd::profile::return_buffers();
  } else {
    floatsd::profile::pool_buffers();
  }
  floatsd::train::flush_denormals();
  std::signal(SIGXFSZ,
              SIG_IGN);  // a file-size limit is then an error of the write, with its reason
  CLI::App command("Quantization-aware training that ships the network it validated.", "floatsd");
  command.footer(kFooter);
  command.set_version_flag("--version", FLOATSD_VERSION);
  command.require_subcommand(1);
  add_train_command(command);
  add_calibrate_command(command);
  add_convert_command(command);
  add_eval_command(command);
  add_verify_command(command);
  add_inspect_command(command);
  add_analyze_command(command);
  add_import_command(command);
  add_export_command(command);
  add_predict_command(command);
  add_bench_command(command);
  add_report_command(command);
  add_sweep_command(command);
  add_search_command(command);
  add_formats_command(command);
  add_data_command(command);
  make_strict(command);
  const int code = run(command, argc, argv);
  try {
    finish_stdout();
    return code;
  } catch (const floatsd::Error& error) {
    return code == kDone ? fail(kBadInput, error.what()) : code;
  }
}
