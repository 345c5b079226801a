#pragma once
// Numbers that belong to the slices of a tensor along axis 0: scales, norms of output channels.

#include <ATen/core/Tensor.h>

#include <vector>

namespace floatsd::ops {

/// `values` ([1] or [O]) shaped to broadcast over `like` [O, ...].
inline at::Tensor per_slice(const at::Tensor& values, const at::Tensor& like) {
  std::vector<int64_t> shape(like.dim(), 1);
  shape[0] = -1;
  return values.reshape(shape);
}

}  // namespace floatsd::ops
