#pragma once
// Batch norm on reals, by the statistics of all ranks' images.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "ops/shards.h"

namespace floatsd::ops {

/// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, of x [N, C, ...] with the mean and the
/// biased variance of each channel over all ranks' images. Sums are made in double; y is computed
/// in float32 as slope * x + offset. Source: Ioffe and Szegedy 2015.
struct BatchNormalized {
  at::Tensor y;
  std::vector<double> mean, variance;
  int64_t count = 0;  ///< values a channel
};
BatchNormalized batch_normalize(const at::Tensor& x, const at::Tensor& gamma,
                                const at::Tensor& beta, double epsilon, const ShardsPtr& shards);

}  // namespace floatsd::ops
