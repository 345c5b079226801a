#include "sweep_flags.h"

#include <CLI/CLI.hpp>
#include <set>

#include "command_line.h"
#include "float_import.h"
#include "floatsd/core/error.h"
#include "floatsd/workflow/sweep.h"
#include "formats_in_rules.h"
#include "given_flags.h"
#include "option_group.h"
#include "trained_on.h"
#include "training_config.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

std::string flag_list(const std::vector<std::string>& flags) {
  std::string text;
  for (const std::string& flag : flags) {
    text += (text.empty() ? "--" : ", --") + flag;
  }
  return text;
}

/// Those flags of the kind of run that the sweep does not make which somebody gave.
std::vector<std::string> without_effect(const CLI::App& command, const SweepFlags& flags) {
  const std::set<std::string> given = given_flags(command);
  std::vector<std::string> found;
  for (const std::string& flag : flags.plan.calibrates ? flags.of_training : flags.of_calibration) {
    if (given.contains(flag) && flag != "init") {
      found.push_back(flag);
    }
  }
  return found;
}

void refuse_without_effect(const CLI::App& command, const SweepFlags& flags) {
  const std::vector<std::string> given = without_effect(command, flags);
  if (!given.empty()) {
    throw Error("sweep: " + flag_list(given) + (given.size() == 1 ? " has" : " have") +
                " no effect " + (flags.plan.calibrates ? "with" : "without") + " --post-training");
  }
}

/// What the config has for the other kind of run is no error, as one config serves both.
std::vector<std::string> read_config(CLI::App& command, SweepFlags& flags) {
  refuse_without_effect(command, flags);
  std::vector<std::string> remarks =
      apply_training_config(command, flags.config, flags.plan.recipe);
  const std::vector<std::string> unused = without_effect(command, flags);
  if (!unused.empty()) {
    remarks.push_back(flags.config + ": no effect " + (flags.plan.calibrates ? "with" : "without") +
                      " --post-training: " + flag_list(unused));
  }
  return remarks;
}

void check(const SweepFlags& flags) {
  const SweepPlan& plan = flags.plan;
  if (plan.calibrates) {
    workflow::check(plan.post_training, plan.recipe);
  }
  if (plan.calibrates && !flags.seeds.empty()) {
    throw Error("sweep: --seeds are for trainings; --post-training has none");
  }
  if (plan.calibrates && plan.recipe.init.empty()) {
    throw Error("sweep: --post-training needs the float weights, --init FILE");
  }
}

}  // namespace

void add_options(CLI::App& command, SweepFlags& flags) {
  command.add_option("--config", flags.config, "TOML file with flags, as for train")
      ->configurable(false)
      ->type_name(kFile);
  command.add_option("--output", flags.plan.output, "Folder for the runs")
      ->required()
      ->type_name(kFolder)
      ->group(group::kOutput);
  std::vector<std::string> formats = format_names();
  formats.emplace_back("float32");
  command
      .add_option("--formats", flags.formats,
                  "Formats of `floatsd formats`, files CODEBOOK.json, float32")
      ->required()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name(one_of_or_file(formats))
      ->group(group::kQuantization);
  command
      .add_option("--seeds", flags.seeds,
                  "Train each format once for each (default: once, with --seed)")
      ->check(whole_number(0, kLargestSeed))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group::kSchedule);
  command
      .add_flag("--post-training", flags.plan.calibrates,
                "Calibrate the float weights of --init instead of training")
      ->group(group::kCalibration);
  const OptionTable of_training = training_options(flags.plan.recipe);
  const OptionTable of_calibration = post_training_options(flags.plan.post_training);
  add_flags(command, network_options(flags.plan.recipe));
  add_flags(command, of_training);
  add_flags(command, of_calibration);
  add_tensorboard_flag(command, flags.plan.tensorboard);
  flags.of_training = names_of(of_training);
  flags.of_training.emplace_back("tensorboard");
  flags.of_calibration = names_of(of_calibration);
  command
      .add_flag("--resume", flags.plan.resume,
                "Go on with the sweep in the output folder; finished runs stay")
      ->group(group::kOutput);
  command
      .add_flag("--overwrite", flags.plan.overwrite,
                "Replace these runs and the table in the output folder")
      ->excludes("--resume")
      ->group(group::kOutput);
  add_data_flags(command, flags.plan.shared);
  add_output_flags(command, flags.plan.shared);
}

Asked read_flags(CLI::App& command, SweepFlags& flags) {
  SweepPlan& plan = flags.plan;
  Asked asked;
  asked.remarks = read_config(command, flags);
  inherit_dataset(command, plan.recipe, asked.remarks);
  note_task(plan.shared, plan.recipe);
  const std::vector<NamedFormat> formats = named_formats(flags.formats);
  check(flags);
  if (!plan.recipe.init.empty()) {
    inherit_architecture(plan.recipe);
  }
  asked.jobs = workflow::sweep_jobs(plan.recipe, formats, flags.seeds);
  return asked;
}

}  // namespace floatsd::app
