// floatsd: trains quantized networks, and ships what it validated.

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "commands.h"
#include "exit_code.h"
#include "floatsd/core/error.h"
#include "floatsd/core/names.h"
#include "floatsd/train/buffer_pool.h"
#include "floatsd/train/flush_denormals.h"

namespace {

using namespace floatsd::app;

constexpr const char* kFooter = R"(
A first run, with MNIST in DIR/mnist (floatsd data fetch mnist DIR):
  floatsd train --config configs/mnist-lenet-floatsd4.toml --data DIR --output runs/first
  floatsd verify runs/first/last.pt runs/first/model.safetensors --data DIR
  floatsd inspect runs/first/model.safetensors

Exit codes: 0 done; 1 a stated expectation failed; 2 usage or bad input; 3 training diverged;
130, 143 interrupted after saving.)";

/// The first line: LibTorch's messages go on with a stack trace.
std::string one_line(const std::string& message) { return message.substr(0, message.find('\n')); }

int fail(int code, const std::string& message) {
  std::cerr << "floatsd: " << one_line(message) << '\n';
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

}  // namespace

int main(int argc, char** argv) {
  floatsd::train::pool_buffers();
  floatsd::train::flush_denormals();
  std::signal(SIGXFSZ,
              SIG_IGN);  // a file-size limit is then an error of the write, with its reason
  CLI::App command("Quantization-aware training that ships the network it validated.", "floatsd");
  command.footer(kFooter);
  command.set_version_flag("--version", FLOATSD_VERSION);
  command.require_subcommand(1);
  command.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_train_command(command);
  add_calibrate_command(command);
  add_convert_command(command);
  add_eval_command(command);
  add_verify_command(command);
  add_inspect_command(command);
  add_analyze_command(command);
  add_export_command(command);
  add_bench_command(command);
  add_sweep_command(command);
  add_search_command(command);
  add_formats_command(command);
  add_data_command(command);
  try {
    check_subcommand(command, argc, argv);
    command.parse(argc, argv);
    return kDone;
  } catch (const CLI::Success& shown) {  // --help, --version
    return command.exit(shown);
  } catch (const CLI::ParseError& error) {
    return fail(kBadInput, std::string(error.what()) + " (see floatsd --help)");
  } catch (const Unmet& unmet) {
    return fail(kUnmet, unmet.what());
  } catch (const Interrupted& interrupted) {
    return fail(kSignalled + interrupted.signal, interrupted.what());
  } catch (const floatsd::Diverged& error) {
    const bool trains = command.got_subcommand("train") || command.got_subcommand("sweep");
    return fail(trains ? kDiverged : kBadInput, error.what());
  } catch (const std::exception& error) {
    return fail(kBadInput, error.what());
  }
}
