#include "floatsd/train/train_options.h"

#include <cmath>
#include <string>
#include <utility>

#include "core/refuse.h"

namespace floatsd::train {
namespace {

constexpr int kMostEpochs = 1'000'000;

/// What no network's phases can be; whether they fit the epochs is checked if there are quantizers.
void check(const passes::PhaseSchedule& phases) {
  for (const auto& [name, count] :
       {std::pair("float-epochs", phases.float_epochs),
        std::pair("observe-epochs", phases.observe_epochs),
        std::pair("freeze-batch-norm-epochs", phases.batch_norm_freeze_epochs),
        std::pair("freeze-epochs", phases.freeze_epochs)}) {
    require(count >= 0 && count <= kMostEpochs, std::string(name) + ": " + std::to_string(count) +
                                                    ", expected a number from 0 to " +
                                                    std::to_string(kMostEpochs));
  }
}

}  // namespace

void check(const TrainOptions& options) {
  require(options.epochs >= 1,
          "epochs: " + std::to_string(options.epochs) + ", expected 1 or more");
  require(options.batch_size >= 1,
          "batch-size: " + std::to_string(options.batch_size) + ", expected 1 or more");
  require(options.workers >= 1,
          "workers: " + std::to_string(options.workers) + ", expected 1 or more");
  require(options.shards >= 1 && (options.shards & (options.shards - 1)) == 0,
          "shards: " + std::to_string(options.shards) + ", expected a power of two");
  require(options.shards <= options.batch_size, "shards: " + std::to_string(options.shards) +
                                                    ", expected no more than batch-size, " +
                                                    std::to_string(options.batch_size));
  data::check(options.augment);
  check(options.schedule, options.epochs);
  check(options.sgd);
  check(options.phases);
  check(options.distillation);
  require(options.label_smoothing >= 0 && options.label_smoothing < 1,
          "smoothing: " + std::to_string(options.label_smoothing) +
              ", expected at least 0 and below 1");
  require(options.frozen_rate > 0 && std::isfinite(options.frozen_rate),
          "freeze-lr: " + std::to_string(options.frozen_rate) + ", expected a positive number");
  require(options.ema_decay >= 0 && options.ema_decay < 1,
          "ema-decay: " + std::to_string(options.ema_decay) + ", expected at least 0 and below 1");
  require(options.ema_decay == 0 || options.update.kind == UpdateKind::kFloat,
          "ema-decay: " + std::to_string(options.ema_decay) + ", expected 0 with update " +
              to_string(options.update.kind) + ", whose weights have no average");
}

}  // namespace floatsd::train
