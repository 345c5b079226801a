#pragma once
// TensorBoard log: what a training tells TensorBoard, step by step and epoch by epoch, in an event
// file of its run folder. Everything stands at its step counted from the run's first.

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "floatsd/train/trainer.h"
#include "network_histograms.h"
#include "tensorboard/event_file.h"

namespace floatsd::app {

class TensorBoardLog {
 public:
  /// Begins an event file for a run that stands at `now`, with its config as text. What an earlier
  /// process wrote of later steps counts no more. Throws Error.
  TensorBoardLog(const std::filesystem::path& folder, const train::Progress& now,
                 const std::string& config);

  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }

  /// Before steps that follow each other: from here on images a second are counted.
  void start_clock(const train::Progress& now);
  /// After each step; of about a hundred in an epoch loss, learning rate and images a second are
  /// written. Throws Error.
  void add_step(const train::Progress& now);
  /// After an epoch's last step: the epoch's line of metrics.jsonl. Throws Error.
  void add_epoch(const nlohmann::ordered_json& line, const std::vector<NamedHistogram>& histograms);

 private:
  tensorboard::EventFile file_;
  int64_t step_;  ///< of the run
  int64_t images_ = 0;
  std::chrono::steady_clock::time_point time_;
};

}  // namespace floatsd::app
