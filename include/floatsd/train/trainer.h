#pragma once
// Trainer: stochastic gradient descent over a data set, an epoch at a time, in a state that can be
// saved after any step and resumed to the bit.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "floatsd/data/augment.h"
#include "floatsd/data/dataset.h"
#include "floatsd/data/loader.h"
#include "floatsd/nn/graph.h"
#include "floatsd/qat/phases.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"
#include "floatsd/train/distillation.h"
#include "floatsd/train/lr_schedule.h"
#include "floatsd/train/optimizer.h"
#include "floatsd/train/sgd.h"
#include "floatsd/train/weight_average.h"
#include "floatsd/train/weight_update.h"

namespace floatsd::train {

/// Descent on the mean cross-entropy, mixed with a teacher's where there is one.
struct TrainOptions {
  int epochs = 8;
  int64_t batch_size = 64;  ///< the last batch of an epoch may be smaller
  uint64_t seed = 1;  ///< of the order of images and their augmentation; the init is the caller's
  data::Augment augment;
  int workers = 1;  ///< threads that prepare batches; a run does not change with their number
  LrSchedule schedule;
  SgdOptions sgd;
  UpdateOptions update;        ///< other than float: for a network without quantizers or ema_decay
  double label_smoothing = 0;  ///< so much of the target is spread evenly over all classes
  Distillation distillation;   ///< read where there is a teacher
  double ema_decay = 0;        ///< of the weight average that takes the network's place; 0: none
  qat::PhaseSchedule phases;   ///< for a network with quantizers
  /// The learning rate is no larger while a batch norm is frozen. Folded into the weights it no
  /// longer divides by the size of what they make: a step moves the folded weights by the square of
  /// the fold factor, and a rate that was fine before diverges (docs/results.md).
  double frozen_rate = 0.002;
};

/// Throws Error naming the option whose value cannot be (epochs or batch size below 1, a learning
/// rate that is not positive ...).
void check(const TrainOptions& options);

/// Where a training stands, in the epoch that is running.
struct Progress {
  int epoch = 0;       ///< from 0
  int64_t step = 0;    ///< steps done in this epoch
  int64_t steps = 0;   ///< steps of an epoch
  int64_t images = 0;  ///< images seen in this epoch
  double loss = 0;     ///< mean over those images
};

/// A finished or interrupted epoch.
struct EpochResult {
  int epoch = 0;  ///< from 0
  quant::Pass phase = quant::Pass::kTrainFloat;
  double learning_rate = 0;   ///< of its first step
  double loss = 0;            ///< mean over the images seen
  int64_t images = 0;         ///< trained on by this call,
  double seconds = 0;         ///< how long that took,
  double waited_seconds = 0;  ///< and how much of it for batches
  bool finished = false;      ///< false: stopped; the next run_epoch goes on here
};

/// An epoch that was stopped, and what went on from there, as one.
EpochResult joined(const EpochResult& first, const EpochResult& rest);

/// Trains `graph` in place. The graph and the data set must outlive the trainer. With a weight
/// average the graph holds the average's values whenever run_epoch has returned: what is evaluated,
/// saved and converted then is the averaged network, and state() has the trained one.
class Trainer {
 public:
  /// `teacher`, if any, is a float network that must outlive the trainer and reads the same images.
  /// Throws Error where an option or the data set does not fit.
  Trainer(nn::Graph& graph, const data::Dataset& dataset, TrainOptions options,
          nn::Graph* teacher = nullptr);
  /// A temporary data set would be gone before the first step.
  Trainer(nn::Graph& graph, data::Dataset&& dataset, TrainOptions options,
          nn::Graph* teacher = nullptr) = delete;

  /// Called after each step; false stops the epoch there.
  using OnStep = std::function<bool(const Progress&)>;

  /// Trains the rest of the current epoch, in its phase. Throws Diverged where the loss or a range
  /// is not finite.
  EpochResult run_epoch(const OnStep& on_step);

  [[nodiscard]] int epoch() const { return epoch_; }
  [[nodiscard]] bool done() const { return epoch_ == options_.epochs; }

  /// The phase of the epoch that is running, or of the last one.
  [[nodiscard]] quant::Pass phase() const;

  /// All that resuming needs beside the network: place, sums, momentum, the trained network behind
  /// an average. The values share memory with the trainer: to be saved between two run_epoch.
  [[nodiscard]] serialize::Value state() const;
  /// Takes up where state() was. Throws Error naming the field that does not fit.
  void load_state(const serialize::Field& state);

 private:
  void train_step(const data::Batch& batch);
  /// Throws Diverged where the network computed before, and its numbers allow that no more.
  [[nodiscard]] at::Tensor logits_of(const at::Tensor& pixels);
  [[nodiscard]] at::Tensor loss_of(const at::Tensor& pixels, const at::Tensor& classes);
  [[nodiscard]] double rate_at(int64_t step_of_epoch) const;

  nn::Graph& graph_;
  const data::Dataset& dataset_;
  TrainOptions options_;
  nn::Graph* teacher_;
  std::unique_ptr<Optimizer> optimizer_;
  std::optional<WeightAverage> average_;
  int64_t steps_ = 0;  ///< of an epoch

  int epoch_ = 0;
  int64_t step_ = 0;
  int64_t images_ = 0;
  double loss_sum_ = 0;
};

}  // namespace floatsd::train
