#include "sweep_job.h"

#include <algorithm>

#include "console.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/error.h"
#include "run_folder.h"
#include "training_run.h"

namespace floatsd::app {

SweepRun SweepJobs::run(const SweepJob& job) {
  if (!plan_.calibrates) {
    return train(job);
  }
  try {
    return calibrate(job);
  } catch (const Diverged& error) {  // of weights that are not finite: no training has diverged
    throw Error(plan_.folder_of(job).string() + ": " + error.what());
  }
}

SweepRun SweepJobs::train(const SweepJob& job) const {
  const RunOptions options{.recipe = job.recipe,
                           .output = plan_.folder_of(job).string(),
                           .resume = plan_.resume,
                           .overwrite = plan_.overwrite,
                           .tensorboard = plan_.tensorboard};
  Alone alone;
  try {
    TrainingRun training(plan_.shared, options, threads_, alone);
    training.begin();
    training.train();
    return workflow::run_of(job, training.ship());
  } catch (const Diverged& error) {
    SweepRun run = workflow::run_of(job, std::nullopt);
    run.reason = error.what();
    return run;
  }
}

SweepRun SweepJobs::calibrate(const SweepJob& job) {
  if (!images_) {
    images_ = load_images(plan_.recipe, plan_.shared);
  }
  const RunFolder folder(plan_.folder_of(job));
  SweepRun run{.format = job.format.name, .seed = job.recipe.options.seed};
  if (!job.recipe.quantizes()) {
    run.accuracy = leave_float_network(folder, job.recipe, plan_.post_training, *images_, threads_,
                                       shown_progress());
    return run;
  }
  Alone alone;
  run.accuracy = quantize_into(folder, job.recipe, plan_.post_training, *images_, threads_,
                               /*overwrite=*/true, alone, shown_progress())
                     .accuracy;
  return run;
}

void rehearse(const SweepPlan& plan, const std::vector<SweepJob>& jobs, int threads) {
  const auto quantized = std::find_if(jobs.begin(), jobs.end(),
                                      [](const SweepJob& job) { return job.recipe.quantizes(); });
  const SweepJob& job = quantized == jobs.end() ? jobs.front() : *quantized;
  const RunOptions options{.recipe = job.recipe, .output = plan.folder_of(job).string()};
  Alone alone;
  static_cast<void>(TrainingRun(plan.shared, options, threads, alone));
}

}  // namespace floatsd::app
