#pragma once
// Finite: which node of a network is the first whose values no longer are.

#include <ATen/core/Tensor.h>

#include <string>

#include "floatsd/nn/graph.h"

namespace floatsd::train {

/// Runs `pixels` through the network in its pass and says where values stop being finite: "conv2
/// gives values that are not finite", or "... has weights that are not finite". Empty if all are.
std::string find_not_finite(nn::Graph& graph, const at::Tensor& pixels);

}  // namespace floatsd::train
