#pragma once
// Accumulate: a layer's convolution or product on codes and levels. Its gradients, float32, are
// those of apply (ops/product.h); for them the input is kept as bytes.

#include <ATen/core/Tensor.h>

#include "floatsd/ops/signal.h"
#include "ops/accumulators.h"
#include "ops/convolution_source.h"
#include "ops/product.h"

namespace floatsd::ops {

/// By ATen in `type`, float32 or float64: the integer network's arithmetic, computed independently
/// of it (convert/verify.h).
at::Tensor accumulate(const Product& product, const Signal& input, const at::Tensor& levels,
                      at::ScalarType type);

/// On integers, by the integer network's kernels: equal, and faster; requires accumulators below
/// kExactInFloat.
Accumulators accumulate_integers(const Product& product, const Signal& input,
                                 const at::Tensor& levels, Reads reads);

/// Those accumulators as a tensor, float32.
at::Tensor to_tensor(const Accumulators& accumulators);

}  // namespace floatsd::ops
