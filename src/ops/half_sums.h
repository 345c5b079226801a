#pragma once
// Half sums: a convolution or product as a machine computes it whose accumulators are
// float16.

#include <ATen/core/Tensor.h>

#include "ops/product.h"
#include "ops/shards.h"

namespace floatsd::ops {

/// apply(by, x, w), each product float32, each sum rounded to float16 after every addition, from
/// 0 on, in this order:
///
///     output       over a weight row: input channel, kernel row, kernel column
///     gradient x   over output channels, and then over kernel rows and columns
///     gradient w   over an image's output pixels; images are added in float32, shard by shard if
///                  there are any, and then over all ranks' shards
///
/// Too large a sum is infinite.
at::Tensor apply_half_sums(const Product& by, const at::Tensor& x, const at::Tensor& w,
                           const ShardsPtr& shards = {});

}  // namespace floatsd::ops
