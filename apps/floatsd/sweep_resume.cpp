#include "sweep_resume.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/train/checkpoint.h"
#include "floatsd/workflow/search.h"
#include "floatsd/workflow/training.h"
#include "run_changes.h"
#include "run_folder.h"
#include "run_record.h"
#include "toml_file.h"

namespace floatsd::app {
namespace {

namespace fs = std::filesystem;

/// Throws Error if a finished run in that folder was made by another config or from other images:
/// those of its checkpoint, or, if it left none, the config of its config.toml. Its weight rules
/// are compared if it is one of the runs that are asked for.
void check_finished(const SweepPlan& plan, const SweepJob& job, const RunFolder& folder,
                    const data::Dataset& images, const InputSums& inputs, bool is_asked_for) {
  const std::string now =
      plan.calibrates ? to_toml(plan.post_training, job.recipe) : to_toml(job.recipe);
  const std::string defaults = plan.calibrates ? to_toml({}, Recipe{}) : to_toml(Recipe{});
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
      identity_of(plan.calibrates ? images : workflow::training_part(images, job.recipe).training),
      folder.last());
  require_same_inputs(record->inputs, inputs, folder.last());
}

/// The job that made a run that this command does not ask for, as far as the run says.
SweepJob job_of(const SweepPlan& plan, const SweepRun& run) {
  SweepJob job{
      .format = {run.format, nullptr},
      .recipe = run.format == "float32" ? workflow::in_format(plan.recipe, nullptr) : plan.recipe,
      .name = run.format};
  job.recipe.options.seed = run.seed;
  return job;
}

/// Whether a run lies in the folder, by its config.toml one of that seed.
bool holds(const RunFolder& folder, const std::string& seed) {
  try {
    const std::vector<TomlEntry> entries = read_toml(folder.config().string());
    return std::any_of(entries.begin(), entries.end(), [&](const TomlEntry& entry) {
      return entry.key == "seed" && entry.values.size() == 1 && entry.values.front().text == seed;
    });
  } catch (const Error&) {  // none, or damaged
    return false;
  }
}

/// Renames the job if its run lies in a folder that is named otherwise: a sweep without --seeds
/// leaves the seed out of the names, one with --seeds does not.
void find_folder(const SweepPlan& plan, SweepJob& job) {
  const std::string seed = std::to_string(job.recipe.options.seed);
  for (const std::string& name : {job.name, job.format.name + "-seed" + seed, job.format.name}) {
    SweepJob named = job;
    named.name = name;
    if (holds(RunFolder(plan.folder_of(named)), seed)) {
      job.name = name;
      return;
    }
  }
}

}  // namespace

void load_finished(SweepTable& table, const SweepPlan& plan, const std::vector<SweepJob>& jobs) {
  table.load();
  std::optional<data::Dataset> images;
  InputSums inputs;  // of every run, as runs differ in formats and seeds alone
  for (const SweepRun& run : std::vector(table.runs())) {
    const auto asked_for = std::find_if(jobs.begin(), jobs.end(),
                                        [&](const SweepJob& job) { return is_of(run, job); });
    SweepJob job = asked_for == jobs.end() ? job_of(plan, run) : *asked_for;
    find_folder(plan, job);
    const RunFolder folder(plan.folder_of(job));
    if (!fs::exists(folder.config())) {
      table.remove(job);
      continue;
    }
    if (!images) {
      images = load(plan.shared, dataset_flags(plan.recipe), data::Part::kTrain);
      inputs =
          input_sums(plan.recipe, load(plan.shared, dataset_flags(plan.recipe), data::Part::kTest));
    }
    check_finished(plan, job, folder, *images, inputs, asked_for != jobs.end());
  }
}

}  // namespace floatsd::app
