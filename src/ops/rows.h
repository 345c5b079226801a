#pragma once
// Activations as the kernels see them: rows of channels.

#include <ATen/core/Tensor.h>

#include "ops/kernels.h"

namespace floatsd::ops {

/// Dense, with the channels of each pixel side by side.
inline at::Tensor as_rows(const at::Tensor& t) {
  return t.contiguous(t.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

inline kernels::Rows rows(const at::Tensor& t) { return {t.numel() / t.size(1), t.size(1)}; }

}  // namespace floatsd::ops
