#pragma once
// ConvolutionSource: accumulators computed on integers, anew for each reader where that takes less
// time than to write them down.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "integer/convolution.h"
#include "ops/accumulators.h"

namespace floatsd::ops {

/// How often accumulators will be read.
enum class Reads { kOnce, kAgain };

class ConvolutionSource final : public AccumulatorSource {
 public:
  /// Of `codes` (uint8 [N, C, H, W], channels side by side, or [N, C]) with that zero point, and
  /// `levels` (float32 [O, ...], in the same order). Requires |accumulator| < 2^24.
  ConvolutionSource(const integer::ConvolutionShape& shape, at::Tensor codes, int32_t zero_point,
                    const at::Tensor& levels, Reads reads, const Shards* shards = nullptr);

  [[nodiscard]] kernels::Rows shape() const override;
  [[nodiscard]] int64_t blocks() const override;
  [[nodiscard]] const kernels::BlocksOfShards& of_shards() const override { return of_shards_; }
  void for_each_block(const Visit& visit) const override;

 private:
  void compute(float* kept, const Visit& visit) const;
  void show(const float* kept, const Visit& visit) const;
  void divide(int64_t images, int64_t most_blocks);
  [[nodiscard]] int64_t first_row(int64_t block) const;

  integer::ConvolutionShape shape_;
  at::Tensor codes_;
  std::unique_ptr<const integer::Convolution> convolution_;
  std::vector<int64_t> first_images_ = {0};  // of each block, and the end
  kernels::BlocksOfShards of_shards_;
  bool keeps_;               // its rows, once they are computed
  mutable at::Tensor kept_;  // [rows, channels], left by the first reader for the next ones
};

}  // namespace floatsd::ops
