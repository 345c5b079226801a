#pragma once
// Sweep: one recipe in many formats. Each run is a training, or post-training, of its own.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/train/trainer.h"
#include "floatsd/workflow/post_training.h"
#include "floatsd/workflow/recipe.h"
#include "floatsd/workflow/training.h"

namespace floatsd::workflow {

/// A weight format under the name that tables and folders have for it.
struct NamedFormat {
  std::string name;
  const Codebook* codebook = nullptr;  ///< null: float32, a network without rules
};

/// Throws Error if the recipe has no rules whose format could be exchanged, or if two formats have
/// one name.
void check_formats(const Recipe& recipe, const std::vector<NamedFormat>& formats);

/// One run of a sweep.
struct SweepJob {
  NamedFormat format;
  Recipe recipe;     ///< in that format
  std::string name;  ///< the format's, with the seed if there are several: "int4", "int4-seed2"
};

/// A job for each format and each of `seeds`; for the recipe's own seed if there are none. Throws
/// as check_formats, and if a seed is there twice.
std::vector<SweepJob> sweep_jobs(const Recipe& recipe, const std::vector<NamedFormat>& formats,
                                 const std::vector<uint64_t>& seeds);

/// What a job gave.
struct SweepRun {
  std::string format;
  uint64_t seed = 0;
  bool diverged = false;              ///< then it has no accuracy
  std::string reason;                 ///< where and why it diverged
  train::Accuracy accuracy;           ///< of the integer network; of the float network in float32
  std::optional<int64_t> mismatches;  ///< of prepared and integer network, if they were compared
};

/// That of a training: `shipped` is its last network, evaluated; nothing if it diverged.
SweepRun run_of(const SweepJob& job, const std::optional<Shipped>& shipped);

/// Trains the job's network to its end. `on_step` is called as by train::Trainer; an epoch that it
/// stops goes on at once. A training that diverges is a result, too. Throws Error if what the
/// recipe starts from, or its teacher, cannot be read.
SweepRun train_job(const SweepJob& job, const TrainingImages& images, int threads,
                   const train::Trainer::OnStep& on_step = {});

/// All runs in one format.
struct SweepSummary {
  NamedFormat format;
  int64_t bytes = 0;  ///< of the network's weights, as they are stored
  std::vector<SweepRun> runs;
  std::optional<double> accuracy;   ///< percent, the mean of those that did not diverge
  std::optional<double> deviation;  ///< of two or more: the sample's standard deviation
};

/// In the order of the jobs' formats. Runs of other formats do not count.
std::vector<SweepSummary> summarize(const std::vector<SweepJob>& jobs,
                                    const std::vector<SweepRun>& runs);

}  // namespace floatsd::workflow
