#pragma once
// Accumulate: a layer's convolution or product on codes and levels. Its gradients, float32, are
// those of apply (nn/product.h); for them the input is kept as bytes.

#include <ATen/core/Tensor.h>

#include "convolution_source.h"
#include "floatsd/nn/block.h"
#include "floatsd/nn/product.h"
#include "floatsd/quant/accumulators.h"

namespace floatsd::nn {

/// By ATen in `type`, float32 or float64: the integer network's arithmetic, computed independently
/// of it (convert/verify.h).
at::Tensor accumulate(const Product& product, const Signal& input, const at::Tensor& levels,
                      at::ScalarType type);

/// On integers, by the integer network's kernels: equal, and faster; requires accumulators below
/// kExactInFloat.
quant::Accumulators accumulate_integers(const Product& product, const Signal& input,
                                        const at::Tensor& levels, Reads reads);

/// Those accumulators as a tensor, float32.
at::Tensor to_tensor(const quant::Accumulators& accumulators);

}  // namespace floatsd::nn
