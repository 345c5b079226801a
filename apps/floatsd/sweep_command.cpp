// floatsd sweep: one recipe in many formats.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "command_line.h"
#include "commands.h"
#include "console.h"
#include "core/file.h"
#include "exit_code.h"
#include "float_import.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/workflow/search.h"
#include "floatsd/workflow/sweep.h"
#include "folder_lock.h"
#include "formats_in_rules.h"
#include "given_flags.h"
#include "option_group.h"
#include "post_training.h"
#include "recipe_options.h"
#include "run_changes.h"
#include "run_folder.h"
#include "run_record.h"
#include "shared_flags.h"
#include "sweep_table.h"
#include "training_config.h"
#include "training_run.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

namespace fs = std::filesystem;

struct SweepFlags {
  SharedFlags shared;
  Recipe recipe;
  PostTraining post_training;
  std::string config, output;
  std::vector<std::string> formats;
  std::vector<uint64_t> seeds;
  std::vector<std::string> of_training, of_calibration;  ///< flags of one kind of run alone
  bool calibrates = false;                               ///< instead of training
  bool resume = false, overwrite = false, tensorboard = false;
};

/// Where the job's run is left.
fs::path folder_of(const SweepFlags& flags, const SweepJob& job) {
  return fs::path(flags.output) / job.name;
}

void check(const SweepFlags& flags) {
  if (flags.calibrates) {
    workflow::check(flags.post_training, flags.recipe);
  }
  if (flags.calibrates && !flags.seeds.empty()) {
    throw Error("sweep: --seeds are for trainings; --post-training has none");
  }
  if (flags.calibrates && flags.recipe.init.empty()) {
    throw Error("sweep: --post-training needs the float weights, --init FILE");
  }
}

/// The float network's row is made so, too, and leaves a config.
SweepRun calibrate(const SweepFlags& flags, const SweepJob& job, const Images& images,
                   int threads) {
  const RunFolder folder(folder_of(flags, job));
  SweepRun run{.format = job.format.name, .seed = job.recipe.options.seed};
  if (!job.recipe.quantizes()) {
    nn::Graph graph = float_graph(job.recipe);
    run.accuracy = train::evaluate(graph, images.test, quant::Pass::kFloat, shown_progress());
    folder.require_apart_from(job.recipe.init);
    folder.clear();
    folder.begin(to_toml(flags.post_training, job.recipe));
  } else {
    run.accuracy = quantize_into(folder, job.recipe, flags.post_training, images, threads,
                                 /*overwrite=*/true, shown_progress())
                       .accuracy;
  }
  return run;
}

SweepRun train(const SweepFlags& flags, const SweepJob& job, int threads) {
  const RunOptions options{.recipe = job.recipe,
                           .output = folder_of(flags, job).string(),
                           .resume = flags.resume,
                           .overwrite = flags.overwrite,
                           .tensorboard = flags.tensorboard};
  Alone alone;
  try {
    TrainingRun training(flags.shared, options, threads, alone);
    training.begin();
    training.train();
    return workflow::run_of(job, training.ship());
  } catch (const Diverged& error) {
    warn(options.output + ": diverged: " + error.what());
    return workflow::run_of(job, std::nullopt);
  }
}

/// Begins a training that quantizes, if there is one, without a trace: throws Error, before any
/// runs, where the recipe does not fit.
void rehearse(const SweepFlags& flags, const std::vector<SweepJob>& jobs, int threads) {
  const auto quantized = std::find_if(jobs.begin(), jobs.end(),
                                      [](const SweepJob& job) { return job.recipe.quantizes(); });
  const SweepJob& job = quantized == jobs.end() ? jobs.front() : *quantized;
  const RunOptions options{.recipe = job.recipe, .output = folder_of(flags, job).string()};
  Alone alone;
  static_cast<void>(TrainingRun(flags.shared, options, threads, alone));
}

/// Throws Error if a finished run in that folder was made by another config or from other images:
/// those of its checkpoint, or, if it left none, the config of its config.toml. Its weight rules
/// are compared if it is one of the runs that are asked for.
void check_finished(const SweepFlags& flags, const SweepJob& job, const RunFolder& folder,
                    const data::Dataset& images, bool is_asked_for) {
  const std::string now =
      flags.calibrates ? to_toml(flags.post_training, job.recipe) : to_toml(job.recipe);
  const std::string defaults = flags.calibrates ? to_toml({}, Recipe{}) : to_toml(Recipe{});
  std::optional<RunRecord> record;
  if (fs::exists(folder.last())) {
    record = read_record(train::load_checkpoint(folder.last()).run_record,
                         folder.last().string() + ": run_record");
  }
  if (!record) {
    folder.require_same_config(now, defaults);
    return;
  }
  for (const Change& change : changes(record->config, folder.last().string(), now, defaults)) {
    if (is_asked_for || change.key != "weights") {
      folder.refuse(change, folder.last());
    }
  }
  require_same_data(
      record->data,
      identity_of(flags.calibrates ? images : workflow::training_part(images, job.recipe).training),
      folder.last());
}

/// The job that made a run that this command does not ask for, as far as the run says.
SweepJob job_of(const SweepFlags& flags, const SweepRun& run) {
  SweepJob job{
      .format = {run.format, nullptr},
      .recipe = run.format == "float32" ? workflow::in_format(flags.recipe, nullptr) : flags.recipe,
      .name = run.format + "-seed" + std::to_string(run.seed)};
  job.recipe.options.seed = run.seed;
  if (!fs::exists(folder_of(flags, job))) {
    job.name = run.format;
  }
  return job;
}

/// Takes in what earlier runs gave, all of which count in the table. A run whose folder somebody
/// removed is made again.
void load_finished(SweepTable& table, const SweepFlags& flags, const std::vector<SweepJob>& jobs) {
  table.load();
  std::optional<data::Dataset> images;
  for (const SweepRun& run : std::vector(table.runs())) {
    const auto asked_for = std::find_if(jobs.begin(), jobs.end(),
                                        [&](const SweepJob& job) { return is_of(run, job); });
    const SweepJob job = asked_for == jobs.end() ? job_of(flags, run) : *asked_for;
    const RunFolder folder(folder_of(flags, job));
    if (!fs::exists(folder.config())) {
      table.remove(job);
      continue;
    }
    if (!images) {
      images = load(flags.shared, dataset_flags(flags.recipe), data::Part::kTrain);
    }
    check_finished(flags, job, folder, *images, asked_for != jobs.end());
  }
}

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
  for (const std::string& flag : flags.calibrates ? flags.of_training : flags.of_calibration) {
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
                " no effect " + (flags.calibrates ? "with" : "without") + " --post-training");
  }
}

/// What the config has for the other kind of run is no error, as one config serves both.
std::vector<std::string> read_config(CLI::App& command, SweepFlags& flags) {
  refuse_without_effect(command, flags);
  std::vector<std::string> remarks = apply_training_config(command, flags.config, flags.recipe);
  const std::vector<std::string> unused = without_effect(command, flags);
  if (!unused.empty()) {
    remarks.push_back(flags.config + ": no effect " + (flags.calibrates ? "with" : "without") +
                      " --post-training: " + flag_list(unused));
  }
  return remarks;
}

void run_sweep(CLI::App& command, SweepFlags& flags) {
  const std::vector<std::string> remarks = read_config(command, flags);
  note_task(flags.shared, flags.recipe);
  const std::vector<NamedFormat> formats = named_formats(flags.formats);
  check(flags);
  if (!flags.recipe.init.empty()) {
    inherit_architecture(flags.recipe);
  }
  const std::vector<SweepJob> jobs = workflow::sweep_jobs(flags.recipe, formats, flags.seeds);
  if (!flags.resume && !flags.overwrite) {
    RunFolder(flags.output)
        .require_empty("--resume goes on with the sweep in it, --overwrite starts anew");
  }
  if (flags.overwrite) {
    for (const SweepJob& job : jobs) {
      RunFolder(folder_of(flags, job)).require_apart_from(flags.recipe.init);
      RunFolder(folder_of(flags, job)).require_apart_from(flags.recipe.teacher);
    }
  }
  const int threads = apply(flags.shared);

  for (const SweepJob& job : jobs) {  // refused now, if at all
    static_cast<void>(train::make_graph(workflow::network_spec(job.recipe)));
  }
  if (!flags.calibrates) {
    rehearse(flags, jobs, threads);
  }
  for (const std::string& remark : remarks) {
    say(remark);
  }
  make_folder(flags.output);
  const FolderLock lock(flags.output);
  if (flags.overwrite) {  // rows of runs that are about to be replaced
    std::filesystem::remove(fs::path(flags.output) / "sweep.json");
  }
  SweepTable table(jobs, fs::path(flags.output) / "sweep.json");
  if (flags.resume) {
    load_finished(table, flags, jobs);
  }
  std::optional<Images> images;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const SweepJob& job = jobs[i];
    const std::string title =
        job.name + " (" + std::to_string(i + 1) + " of " + std::to_string(jobs.size()) + ")";
    if (table.has(job)) {
      say(title + ": done before");
      continue;
    }
    say(title);
    if (flags.calibrates && !images) {
      images = load_images(flags.recipe, flags.shared);
    }
    table.add(flags.calibrates ? calibrate(flags, job, *images, threads)
                               : train(flags, job, threads));
  }

  const std::string picture =
      table.picture(workflow::network_name(flags.recipe) + " on " + flags.recipe.dataset);
  if (!picture.empty()) {
    write_file(fs::path(flags.output) / "sweep.svg", picture);
  }
  say("written to " + flags.output);
  if (flags.shared.json) {
    print_json(flags.shared, {{"formats", table.summary()}, {"output", flags.output}});
  } else {
    table.print();
  }
  if (table.mismatches() != 0) {
    throw Unmet("an integer network differs from its prepared one; please report this");
  }
}

}  // namespace

void add_sweep_command(CLI::App& app) {
  auto flags = std::make_shared<SweepFlags>();
  CLI::App* command =
      app.add_subcommand("sweep", "Train or calibrate one recipe in many formats, and compare");
  command->footer(R"(
Each format takes the place of the format in every --weights rule; float32 is the network without
rules. Each run has a folder of its own in the output folder, as train and calibrate leave it;
sweep.json has a row a run, sweep.svg shows accuracy over bits and over partial products. A
training that diverges is a row, too.

  floatsd sweep --config configs/mnist-lenet-floatsd4.toml --formats float32 floatsd4 int8 int4 \
    --seeds 1 2 3 --output runs/sweep
  floatsd sweep --config configs/mnist-lenet-floatsd4.toml --formats floatsd4 int4 int2 \
    --post-training --init runs/fp32/last.pt --output runs/sweep-ptq)");
  command->add_option("--config", flags->config, "TOML file with flags, as for train")
      ->configurable(false)
      ->type_name(kFile);
  command->add_option("--output", flags->output, "Folder for the runs")
      ->required()
      ->type_name(kFolder)
      ->group(group::kOutput);
  std::vector<std::string> formats = format_names();
  formats.emplace_back("float32");
  command
      ->add_option("--formats", flags->formats,
                   "Formats of `floatsd formats`, files CODEBOOK.json, float32")
      ->required()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name(one_of_or_file(formats))
      ->group(group::kQuantization);
  command
      ->add_option("--seeds", flags->seeds,
                   "Train each format once for each (default: once, with --seed)")
      ->check(whole_number(0, kLargestSeed))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group::kSchedule);
  command
      ->add_flag("--post-training", flags->calibrates,
                 "Calibrate the float weights of --init instead of training")
      ->group(group::kCalibration);
  const OptionTable of_training = training_options(flags->recipe);
  const OptionTable of_calibration = post_training_options(flags->post_training);
  add_flags(*command, network_options(flags->recipe));
  add_flags(*command, of_training);
  add_flags(*command, of_calibration);
  add_tensorboard_flag(*command, flags->tensorboard);
  flags->of_training = names_of(of_training);
  flags->of_training.emplace_back("tensorboard");
  flags->of_calibration = names_of(of_calibration);
  command
      ->add_flag("--resume", flags->resume,
                 "Go on with the sweep in the output folder; finished runs stay")
      ->group(group::kOutput);
  command->add_flag("--overwrite", flags->overwrite, "Replace the runs in the output folder")
      ->excludes("--resume")
      ->group(group::kOutput);
  add_data_flags(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([command, flags] { run_sweep(*command, *flags); });
}

}  // namespace floatsd::app
