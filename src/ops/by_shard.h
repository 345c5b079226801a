#pragma once
// By shard: products whose shards are computed side by side, each by one thread.

#include <ATen/core/Tensor.h>

#include <functional>
#include <utility>

#include "ops/product.h"
#include "ops/shards.h"

namespace floatsd::ops {

/// The rows of `t` [N, ...] that are a shard's, aligned as a tensor of their own would be: what a
/// product computes does not depend on where the shard lies.
at::Tensor shard_of(const at::Tensor& t, const Shards& shards, int shard);

/// {d x [N, ...], d w} from those of each shard: `of_shard` gives d x of its images, undefined if
/// it is not wanted, and d w, which is summed over all ranks' shards. d w is laid out as `w`.
using GradientsOfShard = std::function<std::pair<at::Tensor, at::Tensor>(int shard)>;
std::pair<at::Tensor, at::Tensor> gradients_by_shard(const Shards& shards, const at::Tensor& w,
                                                     const GradientsOfShard& of_shard);

/// apply(product, x, w), of each shard of the images by itself; at once without shards.
at::Tensor apply(const Product& product, const at::Tensor& x, const at::Tensor& w,
                 const ShardsPtr& shards);

/// x [N, C, ...] + bias [C], whose gradient is summed over all ranks' shards.
at::Tensor plus_bias(const at::Tensor& x, const at::Tensor& bias, const ShardsPtr& shards);

}  // namespace floatsd::ops
