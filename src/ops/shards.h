#pragma once
// Shards: how the images of a step are divided, so that what a training computes depends neither on
// the number of threads nor on that of processes.
//
// A step's images fall into a fixed number of shards. A sum over images is made of each shard by
// itself, by one thread, and the shards' sums are added up in a fixed binary tree,
// ((0 + 1) + (2 + 3)) + ... Each rank has as many neighbouring shards, a whole subtree. Extremes
// need no order.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "floatsd/core/communicator.h"
#include "ops/range.h"

namespace floatsd::ops {

class Shards {
 public:
  /// Divides `images`, those of all ranks together, into `count` shards; `ranks` must outlive it.
  /// Requires `count` to be a power of two that ranks.size() divides, and no more than images.
  Shards(int64_t images, int count, Communicator& ranks);

  /// Of all ranks together.
  [[nodiscard]] int64_t all_images() const { return all_images_; }
  /// This rank's images, and the first of them among all.
  [[nodiscard]] int64_t images() const { return begins_.back(); }
  [[nodiscard]] int64_t first_image() const { return first_image_; }
  /// Of all ranks together.
  [[nodiscard]] int64_t all_shards() const { return int64_t{count()} * ranks_.size(); }
  /// This rank's shards.
  [[nodiscard]] int count() const { return static_cast<int>(begins_.size()) - 1; }
  /// The first image of one of them among this rank's; begin(count()) is images().
  [[nodiscard]] int64_t begin(int shard) const { return begins_[static_cast<size_t>(shard)]; }
  [[nodiscard]] int64_t size(int shard) const { return begin(shard + 1) - begin(shard); }
  [[nodiscard]] Communicator& ranks() const { return ranks_; }

  /// Runs work(shard) for each of this rank's, several side by side, each by one thread. Without
  /// gradients.
  void for_each(const std::function<void(int shard)>& work) const;

  /// The sum over all shards of all ranks, from this rank's: `parts` [count()][n], of which the
  /// first becomes the sum.
  template <typename T>
  void add_up(std::vector<std::span<T>> parts) const {
    for (size_t step = 1; step < parts.size(); step *= 2) {
      for (size_t i = 0; i + step < parts.size(); i += 2 * step) {
        for (size_t j = 0; j < parts[i].size(); ++j) {
          parts[i][j] += parts[i + step][j];
        }
      }
    }
    sum_over_ranks(ranks_, parts.front());
  }

  /// Widened to that of all ranks.
  [[nodiscard]] Range of_all_ranks(Range range) const;

 private:
  int64_t all_images_, first_image_ = 0;
  std::vector<int64_t> begins_;
  Communicator& ranks_;
};

/// Empty: a step's images are one, and sums over them depend on the number of threads.
using ShardsPtr = std::shared_ptr<const Shards>;

/// How many rows all ranks have, if this one has so many, as many for each image.
inline int64_t rows_of_all_ranks(int64_t rows, const ShardsPtr& shards) {
  return shards ? rows / shards->images() * shards->all_images() : rows;
}

/// The range of a batch of which this rank has seen its part.
inline Range of_all_ranks(const ShardsPtr& shards, Range range) {
  return shards ? shards->of_all_ranks(std::move(range)) : range;
}

}  // namespace floatsd::ops
