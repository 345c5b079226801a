#pragma once
// Sums: what stands in an operator's accumulators.

#include <span>

#include "emit/vectors/tensor_files.h"
#include "runtime/operators/weighted.h"

namespace floatsd::emit::vectors {

/// The sums of one image ahead of bias and pooling, [C, H, W] (docs/numerics.md's acc): of layers
/// with weights, of additions and of averages. Of an operator that has none, an empty tensor.
Tensor sums(const runtime::Op& op, std::span<const runtime::Operand> inputs);

}  // namespace floatsd::emit::vectors
