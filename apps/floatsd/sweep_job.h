#pragma once
// Sweep job: one run of a sweep, made in its folder.

#include <optional>
#include <vector>

#include "sweep_plan.h"

namespace floatsd::app {

/// Makes the jobs of a sweep, one after another.
class SweepJobs {
 public:
  /// `plan` must outlive it.
  SweepJobs(const SweepPlan& plan, int threads) : plan_(plan), threads_(threads) {}

  /// Trains or calibrates it. A training that diverges is a result, too. Throws Error, Interrupted.
  SweepRun run(const SweepJob& job);

 private:
  SweepRun train(const SweepJob& job) const;
  SweepRun calibrate(const SweepJob& job);

  const SweepPlan& plan_;
  int threads_;
  std::optional<Images> images_;  // of calibrations, which have them in common
};

/// Begins a training that quantizes, if there is one, without a trace: throws Error, before any
/// runs, if the recipe does not fit.
void rehearse(const SweepPlan& plan, const std::vector<SweepJob>& jobs, int threads);

}  // namespace floatsd::app
