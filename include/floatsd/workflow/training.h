#pragma once
// Training: a recipe's network from its first step to the integer network that ships. Nothing is
// printed and no file is written; whoever calls decides about both.

#include <memory>
#include <optional>
#include <string>

#include "floatsd/convert/verify.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/hold_out.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/program.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"
#include "floatsd/train/trainer.h"
#include "floatsd/workflow/recipe.h"

namespace floatsd::workflow {

/// What a recipe trains on and is tested on.
struct TrainingImages {
  data::HeldOut train;  ///< with as many held out as recipe.validation says
  data::Dataset test;
};

/// The recipe's part of the training images: the first `limit`, of which `validation` are held out.
data::HeldOut training_part(data::Dataset training_images, const Recipe& recipe);

/// A network at the end of its training.
struct Shipped {
  std::optional<runtime::Program> program;            ///< of a network that quantizes
  std::optional<train::Accuracy> accuracy;            ///< on the test images, as it is evaluated;
  std::optional<convert::Verification> verification;  ///< and its integer network beside it
};

class Training {
 public:
  /// Makes the network, its weights drawn by the recipe's seed. `images` must outlive the training;
  /// `teacher`, if any, is a float network whose answers are a second target. Throws Error if they
  /// do not fit the recipe. With `ranks` it trains together with them, each of which makes the same
  /// calls; they must outlive it.
  Training(const Recipe& recipe, const TrainingImages& images,
           std::optional<nn::Graph> teacher = std::nullopt, Communicator* ranks = nullptr);
  /// Temporary images would be gone before the first step.
  Training(const Recipe& recipe, TrainingImages&& images,
           std::optional<nn::Graph> teacher = std::nullopt, Communicator* ranks = nullptr) = delete;

  /// Takes the float weights of the file that the recipe starts from. Before the first epoch.
  train::WeightsOrigin start_from(const train::WeightFile& weights);

  /// Takes up where a checkpoint stands; `where` names it in errors. Throws Error.
  void resume(const train::Checkpoint& checkpoint, const std::string& where);

  [[nodiscard]] bool done() const { return trainer_->done(); }
  [[nodiscard]] int epoch() const { return trainer_->epoch(); }
  [[nodiscard]] train::Progress progress() const { return trainer_->progress(); }

  /// Trains the rest of the epoch, or until `on_step` says false; see train::Trainer. Throws Error
  /// if the training is done.
  train::EpochResult run_epoch(const train::Trainer::OnStep& on_step);

  /// After that phase, of the validation images if some are held out, else of the test images: as
  /// the network would ship.
  train::Accuracy evaluate(quant::Pass phase, const OnProgress& on_progress = {});

  /// The network and what resuming needs, after an epoch or part of one in that phase.
  [[nodiscard]] train::Checkpoint checkpoint(quant::Pass phase) const;

  /// Converts the network. With `evaluates` it also runs it, and its integer network beside it by
  /// `threads` threads, on the test images.
  Shipped ship(bool evaluates, int threads, const OnProgress& on_progress = {});

  [[nodiscard]] nn::Graph& graph() { return graph_; }
  [[nodiscard]] const train::NetworkSpec& spec() const { return spec_; }

 private:
  void make_trainer(train::StartOfDigits start);

  const Recipe recipe_;
  const TrainingImages& images_;
  train::NetworkSpec spec_;
  std::optional<nn::Graph> teacher_;
  nn::Graph graph_;
  Communicator* ranks_;
  std::unique_ptr<train::Trainer> trainer_;
};

}  // namespace floatsd::workflow
