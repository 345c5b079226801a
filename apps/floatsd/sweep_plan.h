#pragma once
// Sweep plan: what a sweep is asked for.

#include <filesystem>
#include <string>

#include "post_training.h"
#include "recipe_options.h"
#include "shared_flags.h"
#include "sweep_table.h"

namespace floatsd::app {

struct SweepPlan {
  SharedFlags shared;
  Recipe recipe;
  PostTraining post_training;
  std::string output;
  bool calibrates = false;  ///< instead of training
  bool resume = false, overwrite = false, tensorboard = false;

  /// Where the job's run is left.
  [[nodiscard]] std::filesystem::path folder_of(const SweepJob& job) const {
    return std::filesystem::path(output) / job.name;
  }
  /// Where the rows of the table are left.
  [[nodiscard]] std::filesystem::path table_file() const {
    return std::filesystem::path(output) / "sweep.json";
  }
};

}  // namespace floatsd::app
