// floatsd train: from a config to a trained, converted, verified network in a run folder.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "commands.h"
#include "config_file.h"
#include "console.h"
#include "exit_code.h"
#include "float_import.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/error.h"
#include "given_flags.h"
#include "option_group.h"
#include "or_null.h"
#include "peak_memory.h"
#include "ranks.h"
#include "recipe_options.h"
#include "run_folder.h"
#include "shared_flags.h"
#include "trained_on.h"
#include "training_config.h"
#include "training_run.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct TrainFlags {
  SharedFlags shared;
  RunOptions run;
  std::string config;
  bool print_config = false;
  bool keeps_network = false;  ///< of a run that goes on: no --network and no --config name one
};

void say_all(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    say(line);
  }
}

void name_output(TrainFlags& flags) {
  if (flags.run.output.empty() && !flags.config.empty()) {
    flags.run.output = "runs/" + std::filesystem::path(flags.config).stem().string();
  }
  if (flags.run.output.empty()) {
    throw Error("train: --output DIR is needed (without --config there is no name to take)");
  }
}

void check_output(const TrainFlags& flags) {
  const RunFolder folder(flags.run.output);
  if (!flags.run.resume && !flags.run.overwrite) {
    folder.require_empty();
  }
  if (flags.run.overwrite) {
    folder.require_apart_from(flags.run.recipe.init);
    folder.require_apart_from(flags.run.recipe.teacher);
  }
}

/// Without --config a run that goes on has its own one, and its phases stay as they are.
std::vector<std::string> read_config(CLI::App& command, TrainFlags& flags) {
  const RunFolder folder(flags.run.output);
  if (flags.run.resume && flags.config.empty() && !flags.run.output.empty() &&
      std::filesystem::exists(folder.config())) {
    flags.config = folder.config().string();
    flags.keeps_network = !given_flags(command).contains("network");
    static_cast<void>(apply_config_file(command, flags.config));
    train::check(flags.run.recipe.options);
    return {};
  }
  return apply_training_config(command, flags.config, flags.run.recipe);
}

/// How the network that the recipe names differs from that of the run that goes on; empty: not.
std::string other_network(const Recipe& recipe, const nn::Architecture& of_run,
                          const std::string& last) {
  try {
    return workflow::names_other_network(recipe, of_run)
               ? recipe.network + ": is another network than that of " + last
               : "";
  } catch (const Error& error) {
    return error.what();
  }
}

/// The file that the recipe names may have changed since the run began.
void resume_network(TrainFlags& flags, const std::string& last) {
  Recipe& recipe = flags.run.recipe;
  const Recipe named = recipe;
  workflow::resume_architecture(last, recipe);
  const std::string other =
      recipe.architecture ? other_network(named, *recipe.architecture, last) : "";
  if (other.empty()) {
    return;
  }
  if (!flags.keeps_network) {
    throw Error(other + "; a resumed run keeps its network: expected the same, or --init " + last +
                " and another --output");
  }
  warn(other + "; the run goes on with its checkpoint's");
}

/// From the weights that the run begins with: those of its last checkpoint if it is resumed.
void inherit_architecture_of(TrainFlags& flags) {
  std::error_code missing;
  const std::filesystem::path last = RunFolder(flags.run.output).last();
  if (flags.run.resume && std::filesystem::exists(last, missing)) {
    resume_network(flags, last.string());
  } else if (!flags.run.recipe.init.empty()) {
    inherit_architecture(flags.run.recipe);
  }
}

nlohmann::ordered_json to_json(const TrainingRun& run, const ShippedAccuracy& accuracy,
                               const std::string& output) {
  const double rate = run.images_per_second();
  return {{"accuracy", or_null(accuracy.prepared)},
          {"converted_accuracy", or_null(accuracy.integer)},
          {"mismatches", or_null(accuracy.mismatches)},
          {"images_per_second", rate > 0 ? nlohmann::ordered_json(rate) : nullptr},
          {"correct", or_null(accuracy.correct)},
          {"total", run.test_images()},
          {"peak_memory_mb", peak_memory_mb()},
          {"epoch", "last"},
          {"output", output}};
}

void run_train(CLI::App& command, TrainFlags& flags, Communicator& ranks) {
  std::vector<std::string> remarks;
  agree(ranks, [&] {
    remarks = read_config(command, flags);
    inherit_dataset(command, flags.run.recipe, remarks);
    note_task(flags.shared, flags.run.recipe);
    inherit_architecture_of(flags);
    if (flags.print_config) {  // refused now, if at all
      static_cast<void>(train::make_graph(workflow::network_spec(flags.run.recipe)));
    } else if (flags.run.skip_eval && flags.shared.expect_accuracy) {
      throw Error("train: --skip-eval leaves no accuracy for --expect-accuracy; give one of them");
    }
  });
  if (flags.print_config) {
    set_verbosity(flags.shared.quiet ? Verbosity::kQuiet : Verbosity::kNormal);
    say_all(remarks);
    std::cout << to_toml(flags.run.recipe);
    return;
  }
  flags.shared.threads = threads_of_rank(ranks, flags.shared.threads);
  std::optional<TrainingRun> run_of_all;
  agree(ranks, [&] {
    name_output(flags);
    if (ranks.rank() == 0) {
      check_output(flags);
    }
    run_of_all.emplace(flags.shared, flags.run, apply(flags.shared), ranks);
  });
  TrainingRun& run = *run_of_all;
  run.begin();
  say_all(remarks);  // a refusal is one line
  run.train();
  const ShippedAccuracy accuracy = accuracy_of(run.ship());
  say("written to " + flags.run.output);
  print_json(flags.shared, to_json(run, accuracy, flags.run.output));
  if (accuracy.mismatches.value_or(0) != 0) {
    throw Unmet("the integer network differs from the prepared one; please report this");
  }
  if (accuracy.prepared) {
    check_expectation(flags.shared, accuracy.integer.value_or(*accuracy.prepared));
  }
}

/// Of the run in its folder.
void add_run_flags(CLI::App& command, RunOptions& run) {
  command
      .add_flag(
          "--resume", run.resume,
          "Go on with the run in the output folder, from its last checkpoint (without one: "
          "begin); with other --epochs if the rates and phases of what was trained stay the same")
      ->group(group::kOutput);
  command.add_flag("--overwrite", run.overwrite, "Replace the run in the output folder")
      ->excludes("--resume")
      ->group(group::kOutput);
  command.add_flag("--skip-eval", run.skip_eval, "Train and convert only")->group(group::kOutput);
  add_tensorboard_flag(command, run.tensorboard);
  command
      .add_option("--checkpoint-minutes", run.checkpoint_minutes,
                  "Save last.pt so often within an epoch, too, so that a run that is killed loses "
                  "no more (0: at the end of each epoch only)")
      ->check(number(0, 1e6))
      ->capture_default_str()
      ->group(group::kOutput);
}

void add_train_flags(CLI::App& command, TrainFlags& flags) {
  command.add_option("--config", flags.config, "TOML file with flags (configs/)")
      ->configurable(false)
      ->type_name(kFile);
  command
      .add_option("--output", flags.run.output,
                  "Folder for the run (default: runs/ and the config's name)")
      ->type_name(kFolder)
      ->group(group::kOutput);
  add_flags(command, network_options(flags.run.recipe));
  add_flags(command, training_options(flags.run.recipe));
  add_data_flags(command, flags.shared);
  add_run_flags(command, flags.run);
  command.add_flag("--print-config", flags.print_config, "Print what would run, and end")
      ->configurable(false)
      ->group(group::kOutput);
  add_expectation_flag(command, flags.shared);
  add_output_flags(command, flags.shared);
}

}  // namespace

void add_train_command(CLI::App& app, Communicator& ranks) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App* command =
      app.add_subcommand("train", "Train a network, quantization-aware if --weights gives rules");
  command->footer(R"(
Every flag may stand in the config file (TOML), without its dashes; the command line wins. With
fewer --epochs than the config has, phases and warm-up that would leave less than half of them
shrink with them.
Writes to the output folder: config.toml, metrics.jsonl (a line an epoch) and metrics.csv, last.pt,
best.pt, for a quantized network model.safetensors and model.pt, both of the last epoch, and at the
end report.html, to be looked at; with --tensorboard also event files, which `tensorboard --logdir`
shows while the training runs.

  floatsd train --config configs/mnist-lenet-float32.toml --output runs/fp32
  floatsd train --config configs/mnist-lenet-floatsd4-retrain.toml --init runs/fp32/last.pt)");
  add_train_flags(*command, *flags);
  command->callback([command, flags, &ranks] { run_train(*command, *flags, ranks); });
}

}  // namespace floatsd::app
