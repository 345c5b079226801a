#pragma once
// Node roles: what rules can match the nodes of a network by.

#include <memory>
#include <vector>

#include "floatsd/nn/graph.h"
#include "floatsd/quant/rules.h"
#include "nn/block.h"

namespace floatsd::passes {

/// A node whose output is quantized.
struct QuantizedNode {
  quant::NodeRole role;
  std::shared_ptr<nn::QuantizedBlock> block;
};

/// Those of the graph, in order.
std::vector<QuantizedNode> quantized_nodes(const nn::Graph& graph);

/// Their roles alone.
std::vector<quant::NodeRole> roles_of(const std::vector<QuantizedNode>& nodes);

}  // namespace floatsd::passes
