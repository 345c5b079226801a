#pragma once
// Range: the extremes of a tensor.

#include <ATen/core/Tensor.h>

#include <vector>

#include "floatsd/core/qparams.h"

namespace floatsd::ops {

/// Smallest and largest value: one of each for a tensor, or one for each channel.
struct Range {
  std::vector<float> min, max;
};

/// Throws Diverged if an end is not finite.
void check_finite(const Range& range);

/// The extremes of `tensor` (float32): of all of it, or of each slice along axis 0.
Range range_of(const at::Tensor& tensor, Granularity granularity);

}  // namespace floatsd::ops
