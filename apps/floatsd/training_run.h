#pragma once
// Training run: one training from its recipe to a verified network, in its run folder.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/data/hold_out.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/trainer.h"
#include "folder_lock.h"
#include "recipe.h"
#include "run_folder.h"
#include "run_record.h"
#include "shared_flags.h"

namespace floatsd::app {

class InterruptGuard;

struct RunOptions {
  Recipe recipe;
  std::string output;             ///< the run folder
  bool resume = false;            ///< go on with the run in the folder, where there is one
  bool overwrite = false;         ///< replace it
  bool skip_eval = false;         ///< train and convert only
  double checkpoint_minutes = 5;  ///< after which an epoch that still runs is saved; 0: never
};

class TrainingRun {
 public:
  /// Both must outlive the run. Loads data and network; throws Error where the recipe does not fit.
  TrainingRun(const SharedFlags& shared, const RunOptions& options, int threads);

  /// Takes the network's place: from the folder, from the recipe's init, or from scratch.
  void begin();

  /// All epochs that are left. Throws Interrupted after saving, Diverged.
  void train();

  /// Evaluates, converts and verifies the network of the last epoch; the object of `train --json`.
  nlohmann::ordered_json ship();

 private:
  /// The training images, and those of them that --validation holds out; none: no validation.
  [[nodiscard]] data::HeldOut load_train_sets() const;
  void load_teacher();
  void make_trainer(train::StartOfDigits start);
  /// Makes the folder where it is missing, and keeps others out of it from here on.
  void start_from_weights();
  void take_folder();
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
  [[nodiscard]] const char* correct_key() const;
  [[nodiscard]] int64_t best_correct() const;
  /// With --overwrite the old run goes when the new one has a checkpoint, and not before.
  void replace_old_run(quant::Pass phase);
  void save(quant::Pass phase, const std::filesystem::path& path);
  void ship_float(nlohmann::ordered_json& result);
  void ship_integer(nlohmann::ordered_json& result);

  const SharedFlags& shared_;
  const RunOptions& options_;
  int threads_;
  RunFolder folder_;
  std::optional<FolderLock> lock_;
  train::NetworkSpec spec_;
  data::HeldOut train_sets_;
  data::Dataset test_set_;
  RunRecord record_;
  bool replaces_ = false;  ///< an old run that is still in the folder
  std::optional<nn::Graph> graph_;
  std::optional<nn::Graph> teacher_;
  std::optional<train::Trainer> trainer_;
  std::vector<nlohmann::ordered_json> metrics_;
  double images_ = 0;   // trained on by this process,
  double seconds_ = 0;  // and how long that took
};

}  // namespace floatsd::app
