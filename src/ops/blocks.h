#pragma once
// Blocks: how the kernels divide rows among threads.

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ops/kernels.h"
#include "ops/shards.h"

namespace floatsd::ops::kernels {

/// Rows are worked on in blocks of about this many values, whatever the number of threads: partial
/// sums are per block, so they do not depend on it.
constexpr int64_t kBlockValues = 16384;

/// Which blocks are a shard's: those from first[shard] to first[shard + 1] - 1.
struct BlocksOfShards {
  const Shards* shards = nullptr;
  std::vector<int64_t> first;

  /// For each channel the sum over blocks of parts [blocks][channels], and over shards and ranks if
  /// there are any.
  template <typename T>
  [[nodiscard]] std::vector<double> sum(const std::vector<T>& parts, int64_t channels) const {
    std::vector<double> sums(static_cast<size_t>(count() * channels), 0.0);
    for (int64_t shard = 0; shard < count(); ++shard) {
      add_blocks(parts, channels, shard, sums.data() + shard * channels);
    }
    return added_up(std::move(sums));
  }

  /// The sums of two, of which ranks tell each other at once.
  template <typename T>
  [[nodiscard]] std::pair<std::vector<double>, std::vector<double>> sums(
      const std::vector<T>& one, const std::vector<T>& other, int64_t channels) const {
    std::vector<double> sums(static_cast<size_t>(2 * count() * channels), 0.0);
    for (int64_t shard = 0; shard < count(); ++shard) {
      add_blocks(one, channels, shard, sums.data() + 2 * shard * channels);
      add_blocks(other, channels, shard, sums.data() + (2 * shard + 1) * channels);
    }
    const std::vector<double> both = added_up(std::move(sums));
    return {{both.begin(), both.begin() + channels}, {both.begin() + channels, both.end()}};
  }

 private:
  [[nodiscard]] int64_t count() const { return static_cast<int64_t>(first.size()) - 1; }

  template <typename T>
  void add_blocks(const std::vector<T>& parts, int64_t channels, int64_t shard, double* sum) const {
    for (int64_t block = first[shard]; block < first[shard + 1]; ++block) {
      for (int64_t c = 0; c < channels; ++c) {
        sum[c] += static_cast<double>(parts[block * channels + c]);
      }
    }
  }

  /// Of [shards][length] the sum over shards and ranks.
  [[nodiscard]] std::vector<double> added_up(std::vector<double> sums) const {
    const size_t length = sums.size() / static_cast<size_t>(count());
    if (shards != nullptr) {
      std::vector<std::span<double>> by_shard;
      for (size_t at = 0; at < sums.size(); at += length) {
        by_shard.emplace_back(sums.data() + at, length);
      }
      shards->add_up(by_shard);
    }
    sums.resize(length);
    return sums;
  }
};

class Blocks {
 public:
  /// With shards, of which the rows are this rank's images, none lies in two of them.
  explicit Blocks(Rows shape, const Shards* shards = nullptr)
      : size_(std::max<int64_t>(1, kBlockValues / std::max<int64_t>(1, shape.channels))) {
    shards_.shards = shards;
    const int count = shards == nullptr ? 1 : shards->count();
    for (int shard = 0; shard < count; ++shard) {
      shards_.first.push_back(this->count());
      const int64_t end =
          shards == nullptr ? shape.rows : shape.rows / shards->images() * shards->begin(shard + 1);
      for (int64_t row = begins_.back(); row < end; row = begins_.back()) {
        begins_.push_back(std::min(row + size_, end));
      }
    }
    shards_.first.push_back(this->count());
  }

  [[nodiscard]] int64_t count() const { return static_cast<int64_t>(begins_.size()) - 1; }
  [[nodiscard]] const BlocksOfShards& of_shards() const { return shards_; }

  /// Runs work(block, first row, number of rows) for every block.
  template <typename Work>
  void for_each(const Work& work) const {
    at::parallel_for(0, count(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        work(b, begins_[b], begins_[b + 1] - begins_[b]);
      }
    });
  }

 private:
  int64_t size_;
  std::vector<int64_t> begins_ = {0};
  BlocksOfShards shards_;
};

}  // namespace floatsd::ops::kernels
