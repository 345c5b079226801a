#pragma once
// Accumulators: what a layer's convolution or product gives, shown block by block to those who read
// it. Batch norm reads it twice; to compute short sums twice on integers takes less time than to
// write them to memory once.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "ops/blocks.h"
#include "ops/kernels.h"
#include "ops/shards.h"

namespace floatsd::ops {

/// Rows of channels: integers in float32, below 2^24.
class AccumulatorSource {
 public:
  AccumulatorSource() = default;
  AccumulatorSource(const AccumulatorSource&) = delete;
  AccumulatorSource& operator=(const AccumulatorSource&) = delete;
  virtual ~AccumulatorSource() = default;

  [[nodiscard]] virtual kernels::Rows shape() const = 0;
  /// How many blocks there are, whatever the number of threads, and which are a shard's.
  [[nodiscard]] virtual int64_t blocks() const = 0;
  [[nodiscard]] virtual const kernels::BlocksOfShards& of_shards() const = 0;

  /// `acc` [rows][channels] holds the rows from `first` on, during the call; a visitor reads no
  /// other source.
  using Visit = std::function<void(int64_t block, int64_t first, int64_t rows, const float* acc)>;
  /// Shows all rows, several blocks at a time on several threads; one block's rows in one or more
  /// pieces, one after the other. One reader at a time.
  virtual void for_each_block(const Visit& visit) const = 0;
};

struct Accumulators {
  std::shared_ptr<const AccumulatorSource> source;
  at::Tensor edge;   ///< [N, C, ...]: where their gradient goes (ops/codes.h)
  ShardsPtr shards;  ///< of the images N, if any
};

/// Those of a tensor [N, C, ...].
Accumulators accumulators_of(const at::Tensor& tensor, const ShardsPtr& shards = {});

}  // namespace floatsd::ops
