#pragma once
// Train options: everything that decides what a training does to a network.

#include <cstdint>

#include "floatsd/data/augment.h"
#include "floatsd/passes/phases.h"
#include "floatsd/train/distillation.h"
#include "floatsd/train/lr_schedule.h"
#include "floatsd/train/sgd_options.h"
#include "floatsd/train/update_options.h"

namespace floatsd::train {

/// Descent on the mean cross-entropy, mixed with a teacher's if there is one.
struct TrainOptions {
  int epochs = 8;
  int64_t batch_size = 64;  ///< the last batch of an epoch may be smaller
  uint64_t seed = 1;  ///< of the order of images and their augmentation; the init is the caller's
  /// Into so many shards the images of a step are divided; a power of two. With 2 and more a
  /// training's bytes depend neither on the number of threads nor on that of ranks, of which there
  /// are as many as shards at most; with 1 sums over images are divided among threads.
  int shards = 1;
  data::Augment augment;
  int workers = 1;  ///< threads that prepare batches; a run does not change with their number
  LrSchedule schedule;
  SgdOptions sgd;
  UpdateOptions update;          ///< if not float: no quantizers, ema_decay 0
  double label_smoothing = 0;    ///< so much of the target is spread evenly over all classes
  Distillation distillation;     ///< read if there is a teacher
  double ema_decay = 0;          ///< of the weight average that takes the network's place; 0: none
  passes::PhaseSchedule phases;  ///< for a network with quantizers
  /// The learning rate is no larger while a batch norm is frozen. Folded into the weights it no
  /// longer divides by the size of what they make: a step moves the folded weights by the square of
  /// the fold factor, and a rate that was fine before diverges (docs/results.md).
  double frozen_rate = 0.002;
};

/// Throws Error naming the option whose value cannot be (epochs or batch size below 1, a learning
/// rate that is not positive ...).
void check(const TrainOptions& options);

}  // namespace floatsd::train
