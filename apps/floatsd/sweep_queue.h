#pragma once
// Sweep queue: which rank makes which run of a sweep. A rank takes the next job that none has
// taken, so whoever is faster makes more of them. What is taken and what came of it stands in a
// folder that all ranks see: a rank in the middle of a training answers no messages.

#include <filesystem>
#include <optional>
#include <vector>

#include "floatsd/core/communicator.h"
#include "sweep_table.h"

namespace floatsd::app {

class SweepQueue {
 public:
  /// Makes the folder, on all ranks together. One process by itself needs none. Throws Error if a
  /// rank does not see it. `ranks` must outlive it.
  SweepQueue(std::filesystem::path folder, Communicator& ranks);

  /// Whether the job is this rank's from now on; false if another one has it. Throws Error.
  [[nodiscard]] bool take(const SweepJob& job) const;

  /// Leaves for the first rank what came of a job. Throws Error.
  void leave(const SweepJob& job, const SweepRun& run) const;
  /// What another rank has left; nothing yet if it is not done. Throws Error.
  [[nodiscard]] std::optional<SweepRun> left(const SweepJob& job) const;

  /// This rank takes no more jobs.
  void finish() const;
  /// Whether all ranks but the first have finished.
  [[nodiscard]] bool others_finished() const;

  /// A rank got that signal and ends: nobody takes another job.
  void stop(int signal) const;
  /// The signal that a rank got; 0 if none did.
  [[nodiscard]] int stopped() const;

 private:
  [[nodiscard]] std::filesystem::path file(const SweepJob& job, const char* what) const;

  std::filesystem::path folder_;
  Communicator& ranks_;
};

/// What ranks that were killed have left in a queue's folder, if there is one. Throws Error.
std::vector<SweepRun> runs_left_in(const std::filesystem::path& folder);

}  // namespace floatsd::app
