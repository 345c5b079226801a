#pragma once
// The block that runs an operator.

#include <memory>

#include "floatsd/core/activation_shape.h"
#include "floatsd/nn/operators.h"
#include "nn/block.h"

namespace floatsd::nn {

/// A freshly initialized block for inputs of that shape; weights from torch's default generator.
std::shared_ptr<Block> make_block(const Operator& op, const ActivationShape& input);

}  // namespace floatsd::nn
