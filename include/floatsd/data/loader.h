#pragma once
// Loader: the batches of an epoch in their order, gathered and augmented ahead of the trainer by
// threads of its own.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "floatsd/data/augment.h"
#include "floatsd/data/dataset.h"

namespace floatsd::data {

struct Batch {
  std::vector<uint8_t> images;   ///< [N, C, H, W]
  std::vector<uint16_t> labels;  ///< [N]
};

/// An epoch's batches, one after the other: where a trainer gets its images from.
class BatchSource {
 public:
  BatchSource() = default;
  virtual ~BatchSource() = default;
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;

  virtual Batch next() = 0;
  /// Seconds that next() has waited, all calls together.
  [[nodiscard]] virtual double waited_seconds() const { return 0; }
};

/// The batches depend on the data set, seed, epoch, batch size and augmentation, and not on the
/// number of workers or the step at which the loader begins. One thread may call it.
class Loader : public BatchSource {
 public:
  struct Options {
    int64_t batch_size = 64;  ///< the last batch of an epoch has what is left
    Augment augment;
    uint64_t seed = 1;
    int workers = 1;  ///< threads that prepare batches, each up to two ahead
    /// Of a batch of so many images: which of them are given, of `count` images from `first` on.
    /// All if it is empty.
    struct Part {
      int64_t first = 0, count = 0;
    };
    std::function<Part(int64_t images)> part;
  };

  /// Begins to prepare batch `first_step` of `epoch` (both from 0) and those after it. `dataset`
  /// must outlive the loader and stay as it is. Throws Error if an option is out of range or the
  /// epoch has no `first_step` batches.
  Loader(const Dataset& dataset, Options options, int64_t epoch, int64_t first_step);
  /// A temporary data set would be gone before the first batch.
  Loader(Dataset&& dataset, Options options, int64_t epoch, int64_t first_step) = delete;

  /// The next batch, waited for if it is not ready. Throws what its worker threw, and Error
  /// after the epoch's last batch.
  Batch next() override;

  [[nodiscard]] double waited_seconds() const override { return waited_seconds_; }

 private:
  void work(const std::stop_token& stop);
  [[nodiscard]] Batch make_batch(int64_t step) const;

  const Dataset& dataset_;
  Options options_;
  int64_t epoch_;
  std::vector<int64_t> order_;                ///< of the images
  std::vector<std::promise<Batch>> batches_;  ///< of every step of the epoch
  double waited_seconds_ = 0;

  std::mutex mutex_;  ///< for the three below
  std::condition_variable_any moved_;
  int64_t begun_;  ///< the next step that a worker takes up
  int64_t given_;  ///< the next step that next() returns

  std::vector<std::jthread> workers_;  ///< last: they stop before the rest goes
};

}  // namespace floatsd::data
