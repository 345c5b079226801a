#pragma once
// Training run: a training in its run folder, told on stderr as it goes, saved so that it can go
// on.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/core/communicator.h"
#include "floatsd/workflow/training.h"
#include "folder_lock.h"
#include "recipe_options.h"
#include "run_folder.h"
#include "run_record.h"
#include "shared_flags.h"
#include "tensorboard_log.h"

namespace floatsd::app {

class InterruptGuard;

struct RunOptions {
  Recipe recipe;
  std::string output;             ///< the run folder
  bool resume = false;            ///< go on with the run in the folder, if there is one
  bool overwrite = false;         ///< replace it
  bool skip_eval = false;         ///< train and convert only
  bool tensorboard = false;       ///< write event files into the folder
  double checkpoint_minutes = 5;  ///< after which an epoch that still runs is saved; 0: never
};

class TrainingRun {
 public:
  /// All three must outlive the run. Loads data and network; throws Error if the recipe does not
  /// fit. Of several ranks each makes the same calls, and the first one alone writes.
  TrainingRun(const SharedFlags& shared, const RunOptions& options, int threads,
              Communicator& ranks);

  /// Takes the network's place: from the folder, from the recipe's init, or from scratch.
  void begin();

  /// All epochs that are left. Throws Interrupted after saving, Diverged.
  void train();

  /// Evaluates, converts and verifies the network of the last epoch, on all ranks together; the
  /// first one writes it, with a report.
  workflow::Shipped ship();

  [[nodiscard]] int64_t test_images() const { return images_.test.count; }
  /// Images a second that all ranks trained on since this process began; 0 if there were none.
  [[nodiscard]] double images_per_second() const { return seconds_ > 0 ? count_ / seconds_ : 0; }

 private:
  [[nodiscard]] bool writes() const { return ranks_.rank() == 0; }
  /// The number of a signal that any rank got; 0 if none did.
  [[nodiscard]] int signal_of_ranks(const InterruptGuard& interrupt) const;
  void begin_on_rank();
  /// Makes the folder if it is missing, and keeps others out of it from here on.
  void take_folder();
  void start_from_weights();
  void resume();
  /// Throws Error unless the run in the folder is this one, or this one with other epochs that go
  /// on from where it stands.
  void require_same_run(const train::Checkpoint& checkpoint) const;
  /// Trains to the end of the epoch or to an interruption, and saves last.pt on the way.
  train::EpochResult run_epoch(const InterruptGuard& interrupt);
  /// Evaluates an epoch's network as it would ship, reports it and saves it.
  void finish(const train::EpochResult& epoch);
  /// Adds to the epoch's line how many images it has right: of the validation images if there are
  /// any, else of the test images.
  void evaluate(quant::Pass phase, nlohmann::ordered_json& line, std::string& text);
  /// Adds what an epoch has sent to other ranks.
  void add_traffic(const train::EpochResult& epoch, nlohmann::ordered_json& line,
                   std::string& text) const;
  [[nodiscard]] const char* correct_key() const;
  /// Right images of the best epoch so far; if `phase` quantizes, of the best epoch that quantized.
  [[nodiscard]] int64_t best_correct(quant::Pass phase) const;
  /// With --overwrite the old run goes when the new one has a checkpoint, and not before.
  void replace_old_run(quant::Pass phase);
  void save(quant::Pass phase, const std::filesystem::path& path);
  /// Writes an epoch's line and its checkpoints.
  void save_epoch(quant::Pass phase, bool is_best);

  const SharedFlags& shared_;
  const RunOptions& options_;
  int threads_;
  Communicator& ranks_;
  RunFolder folder_;
  std::optional<FolderLock> lock_;
  workflow::TrainingImages images_;
  RunRecord record_;
  bool replaces_ = false;  ///< an old run that is still in the folder
  workflow::Training training_;
  std::vector<nlohmann::ordered_json> metrics_;
  std::optional<TensorBoardLog> log_;
  double count_ = 0;    // images that all ranks trained on since this process began,
  double seconds_ = 0;  // and how long that took
};

/// Of a network that ships: what `train --json` says of it, null if it was not evaluated.
struct ShippedAccuracy {
  std::optional<double> prepared, integer;  ///< percent
  std::optional<int64_t> mismatches, correct;
};
ShippedAccuracy accuracy_of(const workflow::Shipped& shipped);

}  // namespace floatsd::app
