#pragma once
// Trainer: stochastic gradient descent over a data set, an epoch at a time, in a state that can be
// saved after any step and resumed to the bit.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "floatsd/core/communicator.h"
#include "floatsd/data/dataset.h"
#include "floatsd/data/loader.h"
#include "floatsd/nn/graph.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"
#include "floatsd/train/optimizer.h"
#include "floatsd/train/train_options.h"

namespace floatsd::train {

class WeightAverage;

/// Where a training stands, in the epoch that is running.
struct Progress {
  int epoch = 0;       ///< from 0
  int64_t step = 0;    ///< steps done in this epoch
  int64_t steps = 0;   ///< steps of an epoch
  int64_t images = 0;  ///< images seen in this epoch
  double loss = 0;     ///< mean over those images

  double step_loss = 0;      ///< of the last step's batch, 0 before this process's first step
  double learning_rate = 0;  ///< of the last step; before an epoch's first step, of that step
};

/// A finished or interrupted epoch.
struct EpochResult {
  int epoch = 0;                                       ///< from 0
  quant::Pass first_phase = quant::Pass::kTrainFloat;  ///< of its first step,
  quant::Pass phase = quant::Pass::kTrainFloat;        ///< and of the last one so far
  double learning_rate = 0;                            ///< of its first step
  double loss = 0;                                     ///< mean over the images seen
  int64_t images = 0;                                  ///< trained on by this call,
  double seconds = 0;             ///< how long that took, without statistics that settle,
  double waited_seconds = 0;      ///< and how much of it for batches
  Communicator::Traffic traffic;  ///< what its steps exchanged with other ranks
  bool finished = false;          ///< false: stopped; the next run_epoch goes on here
};

/// An epoch that was stopped, and what went on from there, as one.
EpochResult joined(const EpochResult& first, const EpochResult& rest);

/// What a program may put in the place of the trainer's own parts; what is empty is the trainer's.
struct TrainerParts {
  /// Distillation's: a float network that outlives the trainer and reads the same images.
  nn::Graph* teacher = nullptr;
  /// Makes the optimizer of those parameters, in the place of what options.sgd and options.update
  /// ask for. Its rate is the schedule's.
  std::function<std::unique_ptr<Optimizer>(const std::vector<at::Tensor>& parameters)> optimizer;
  /// Of a batch: a scalar, from logits [N, classes] and classes [N] (int64), in the place of the
  /// cross-entropy with options.label_smoothing. A teacher's part is added as without.
  std::function<at::Tensor(const at::Tensor& logits, const at::Tensor& classes)> loss;
  /// The processes that train this network together, if there are others: each has as many of a
  /// step's shards, and all end with the same network. Must outlive the trainer. Each of them makes
  /// the same calls.
  Communicator* ranks = nullptr;
  /// The batches of an epoch from `first_step` on, in the place of a data::Loader's: as many, of
  /// images of the data set's shape, and with ranks this rank's part of them. They must depend on
  /// nothing else: it is called again for an epoch that is resumed or in which batch norm freezes,
  /// and what it returned may be left before its end.
  std::function<std::unique_ptr<data::BatchSource>(int64_t epoch, int64_t first_step)> batches;
};

/// Trains `graph` in place. The graph and the data set must outlive the trainer. With a weight
/// average the graph holds the average's values whenever run_epoch has returned: what is evaluated,
/// saved and converted then is the averaged network, and state() has the trained one.
class Trainer {
 public:
  /// Throws Error if an option or the data set does not fit.
  Trainer(nn::Graph& graph, const data::Dataset& dataset, TrainOptions options,
          TrainerParts parts = {});
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  /// A temporary data set would be gone before the first step.
  Trainer(nn::Graph& graph, data::Dataset&& dataset, TrainOptions options,
          TrainerParts parts = {}) = delete;

  /// Called after each step; false, on any rank, stops the epoch there.
  using OnStep = std::function<bool(const Progress&)>;

  /// Trains the rest of the current epoch, each step in its phase. Before the first step that
  /// normalizes by running statistics these settle (docs/numerics.md). Throws Diverged if the loss
  /// or a range is not finite, and Error if the training is done.
  EpochResult run_epoch(const OnStep& on_step = {});

  [[nodiscard]] int epoch() const { return epoch_; }
  [[nodiscard]] bool done() const { return epoch_ == options_.epochs; }
  /// Where it stands: after an epoch at the beginning of the next one.
  [[nodiscard]] Progress progress() const;

  /// The phase of the last step; before the first one, of that.
  [[nodiscard]] quant::Pass phase() const;

  /// All that resuming needs beside the network: place, sums, momentum, the trained network behind
  /// an average. The values share memory with the trainer: to be saved between two run_epoch.
  [[nodiscard]] serialize::Value state() const;
  /// Takes up where state() was. Throws Error naming the field that does not fit.
  void load_state(const serialize::Field& state);

 private:
  /// Steps done since the beginning of the training.
  [[nodiscard]] int64_t steps_done() const { return epoch_ * steps_ + step_; }
  /// Of a step, counted from 0 over the whole training; after its end, of the last one.
  [[nodiscard]] quant::Pass phase_of(int64_t step) const;
  /// Whether the next step is the first one after others that normalizes by running statistics.
  [[nodiscard]] bool batch_norm_freezes() const;
  /// Lets the running statistics follow batches of the epoch, quantized, by weights that rest.
  /// While weights move quickly, running statistics are those of some steps ago.
  void settle_statistics();
  /// Trains until the epoch ends, batch norm freezes, or a rank stops; adds what that took to
  /// `result`. Returns whether no rank stopped.
  bool train_steps(const OnStep& on_step, EpochResult& result);
  /// The shards of a step's batch (null: it is not divided). Throws Error unless the batch has as
  /// many images as the step needs, and all their bytes.
  [[nodiscard]] std::shared_ptr<const ops::Shards> divide_checked(const data::Batch& batch,
                                                                  int64_t step) const;
  /// How many images a step of an epoch has, on all ranks together.
  [[nodiscard]] int64_t images_of(int64_t step) const;
  /// Of the data set's shape; shares the batch's memory.
  [[nodiscard]] at::Tensor pixels_of(const data::Batch& batch) const;
  void train_step(const data::Batch& batch);
  /// Null: images are not divided.
  [[nodiscard]] std::shared_ptr<const ops::Shards> divide(int64_t images) const;
  /// The mean loss of all ranks' images; its gradient goes to the parameters.
  double backward(const at::Tensor& pixels, const at::Tensor& classes);
  double backward_by_shard(const at::Tensor& pixels, const at::Tensor& classes,
                           const std::shared_ptr<const ops::Shards>& shards);
  [[nodiscard]] Communicator& ranks() const;
  [[nodiscard]] bool any_rank_stops(bool stops) const;
  /// The epoch's, from that step on.
  [[nodiscard]] std::unique_ptr<data::BatchSource> make_batches(int64_t first_step) const;
  /// Throws Diverged, not Error, if the network once computed: training has moved its numbers
  /// beyond what codes hold.
  [[nodiscard]] at::Tensor logits_of(const at::Tensor& pixels, quant::Pass pass,
                                     const std::shared_ptr<const ops::Shards>& shards);
  /// What the teacher says; undefined without one.
  [[nodiscard]] at::Tensor answers_of(const at::Tensor& pixels,
                                      const std::shared_ptr<const ops::Shards>& shards);
  [[nodiscard]] at::Tensor loss_of(const at::Tensor& logits, const at::Tensor& classes,
                                   const at::Tensor& answers) const;
  [[nodiscard]] double rate_at(int64_t step_of_epoch) const;

  nn::Graph& graph_;
  const data::Dataset& dataset_;
  TrainOptions options_;
  TrainerParts parts_;
  mutable Alone alone_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<WeightAverage> average_;  ///< none without ema_decay
  int64_t steps_ = 0;                       ///< of an epoch

  int epoch_ = 0;
  int64_t step_ = 0;
  int64_t images_ = 0;
  double loss_sum_ = 0;
  double step_loss_ = 0;
};

}  // namespace floatsd::train
