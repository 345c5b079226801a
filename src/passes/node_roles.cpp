#include "passes/node_roles.h"

#include <algorithm>

#include "floatsd/nn/graph.h"
#include "nn/layer.h"

namespace floatsd::passes {

std::vector<QuantizedNode> quantized_nodes(const nn::Graph& graph) {
  const auto layers = graph.layers();
  std::vector<QuantizedNode> nodes;
  for (const nn::Node& node : graph.nodes()) {
    if (const auto block = std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block)) {
      nodes.push_back({.role = {.name = node.name,
                                .kind = block->kind(),
                                .first = !layers.empty() && block == layers.front().second,
                                .last = !layers.empty() && block == layers.back().second},
                       .block = block});
    }
  }
  return nodes;
}

std::vector<quant::NodeRole> roles_of(const std::vector<QuantizedNode>& nodes) {
  std::vector<quant::NodeRole> roles;
  std::transform(nodes.begin(), nodes.end(), std::back_inserter(roles),
                 [](const QuantizedNode& node) { return node.role; });
  return roles;
}

}  // namespace floatsd::passes
