#pragma once
// Finite: which node of a network is the first whose values no longer are.

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "floatsd/nn/graph.h"

namespace floatsd::train {

/// "conv1 has weights that are not finite", of the first node of which it is true; empty if it is
/// true of none. A range that was never observed counts as finite.
std::string find_weights_not_finite(const nn::Graph& graph);

/// Runs `pixels` through the network, each node in its pass, and says where values stop being
/// finite: "conv2 gives values that are not finite", or "... has weights that are not finite".
/// Empty if all are.
std::string find_not_finite(nn::Graph& graph, const at::Tensor& pixels,
                            const std::vector<quant::Pass>& passes);

}  // namespace floatsd::train
