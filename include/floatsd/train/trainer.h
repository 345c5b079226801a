#pragma once
// Trainer: stochastic gradient descent over a data set, an epoch at a time, in a state that can be
// saved after any step and resumed to the bit.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/qat/phases.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"

namespace floatsd::train {

/// SGD with Nesterov momentum on the mean cross-entropy; the rate falls along a cosine to 0.
struct TrainOptions {
  int epochs = 8;
  int64_t batch_size = 64;      ///< the last batch of an epoch may be smaller
  uint64_t seed = 1;            ///< of the order of images (the network's init is the caller's)
  double learning_rate = 0.05;  ///< at the first step
  double momentum = 0.9;
  double weight_decay = 5e-4;  ///< on every parameter
  qat::PhaseSchedule phases;   ///< for a network with quantizers
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
  qat::Phase phase = qat::Phase::kFloat;
  double learning_rate = 0;  ///< of its first step
  double loss = 0;           ///< mean over the images seen
  int64_t images = 0;        ///< trained on by this call,
  double seconds = 0;        ///< and how long that took
  bool finished = false;     ///< false: stopped; the next run_epoch goes on here
};

/// Trains `graph` in place. The graph and the data set must outlive the trainer.
class Trainer {
 public:
  /// Throws Error where an option or the data set does not fit.
  Trainer(nn::Graph& graph, const data::Dataset& dataset, TrainOptions options);

  /// Called after each step; false stops the epoch there.
  using OnStep = std::function<bool(const Progress&)>;

  /// Trains the rest of the current epoch, in its phase. Throws Diverged where the loss or a range
  /// is not finite.
  EpochResult run_epoch(const OnStep& on_step);

  [[nodiscard]] int epoch() const { return epoch_; }
  [[nodiscard]] bool done() const { return epoch_ == options_.epochs; }

  /// The phase of the epoch that is running, or of the last one.
  [[nodiscard]] qat::Phase phase() const;

  /// All that resuming needs beside the network: place, sums, momentum. The values share memory
  /// with the trainer: save them before the next step.
  [[nodiscard]] serialize::Value state() const;
  /// Takes up where state() was. Throws Error naming the field that does not fit.
  void load_state(const serialize::Field& state);

 private:
  void train_step(const std::vector<int64_t>& order);
  void update_parameters(double rate);

  nn::Graph& graph_;
  const data::Dataset& dataset_;
  TrainOptions options_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> momenta_;  ///< one for each parameter
  int64_t steps_ = 0;                ///< of an epoch

  int epoch_ = 0;
  int64_t step_ = 0;
  int64_t images_ = 0;
  double loss_sum_ = 0;
};

}  // namespace floatsd::train
