#include "floatsd/qat/fuse.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace floatsd::qat {
namespace {

/// Folds `block` into `layer` where the layer can take it; a ReLU commutes with max pooling.
bool fold(nn::Layer& layer, const nn::Block& block) {
  if (dynamic_cast<const nn::Relu*>(&block) != nullptr && !layer.relu) {
    layer.relu = true;
    return true;
  }
  if (const auto* pool = dynamic_cast<const nn::MaxPool2d*>(&block);
      pool != nullptr && layer.pool == 1 && layer.kind() != "linear") {
    layer.pool = pool->window();
    return true;
  }
  return false;
}

/// How many nodes read each node.
std::vector<int> count_readers(const std::vector<nn::Node>& nodes) {
  std::vector<int> readers(nodes.size(), 0);
  for (const nn::Node& node : nodes) {
    for (const int input : node.inputs) {
      if (input != nn::kGraphInput) {
        ++readers[input];
      }
    }
  }
  return readers;
}

}  // namespace

void fuse(nn::Graph& graph) {
  const std::vector<int> readers = count_readers(graph.nodes());
  std::vector<nn::Node> fused;
  std::vector<int> new_index;  // of each old node
  for (const nn::Node& old : graph.nodes()) {
    nn::Node node = old;
    for (int& input : node.inputs) {
      input = input == nn::kGraphInput ? input : new_index[input];
    }
    const int from = node.inputs.front();
    const auto layer =
        from == nn::kGraphInput ? nullptr : std::dynamic_pointer_cast<nn::Layer>(fused[from].block);
    if (layer && readers[old.inputs.front()] == 1 && fold(*layer, *node.block)) {
      new_index.push_back(from);
      continue;
    }
    new_index.push_back(static_cast<int>(fused.size()));
    fused.push_back(std::move(node));
  }
  graph.replace_nodes(std::move(fused));
}

}  // namespace floatsd::qat
