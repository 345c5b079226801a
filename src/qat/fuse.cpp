#include "floatsd/qat/fuse.h"

#include <memory>
#include <vector>

#include "floatsd/nn/join.h"

namespace floatsd::qat {
namespace {

/// Folds `block` into `layer` where the layer can take it.
bool fold(nn::Layer& layer, const std::shared_ptr<nn::Block>& block) {
  if (auto norm = std::dynamic_pointer_cast<nn::BatchNorm2d>(block);
      norm && !layer.norm && layer.activation == nn::Activation::kNone && layer.pool == 1) {
    layer.set_norm(std::move(norm));
    return true;
  }
  if (const auto activation = std::dynamic_pointer_cast<nn::ActivationBlock>(block);
      activation && layer.activation == nn::Activation::kNone) {  // commutes with max pooling
    layer.activation = activation->activation();
    return true;
  }
  if (const auto pool = std::dynamic_pointer_cast<nn::MaxPool2d>(block);
      pool && layer.pool == 1 && layer.kind() != "linear") {
    layer.pool = pool->window();
    return true;
  }
  return false;
}

bool fold(nn::Add& add, const std::shared_ptr<nn::Block>& block) {
  const auto activation = std::dynamic_pointer_cast<nn::ActivationBlock>(block);
  if (!activation || add.activation != nn::Activation::kNone) {
    return false;
  }
  add.activation = activation->activation();
  return true;
}

bool fold(const std::shared_ptr<nn::Block>& into, const std::shared_ptr<nn::Block>& block) {
  if (const auto layer = std::dynamic_pointer_cast<nn::Layer>(into)) {
    return fold(*layer, block);
  }
  const auto add = std::dynamic_pointer_cast<nn::Add>(into);
  return add && fold(*add, block);
}

}  // namespace

void fuse(nn::Graph& graph) {
  const std::vector<int> readers = nn::count_readers(graph.nodes());
  std::vector<nn::Node> fused;
  std::vector<int> new_index;  // of each old node
  for (const nn::Node& old : graph.nodes()) {
    nn::Node node = old;
    for (int& input : node.inputs) {
      input = input == nn::kGraphInput ? input : new_index[input];
    }
    const int from = node.inputs.front();
    if (from != nn::kGraphInput && readers[old.inputs.front()] == 1 &&
        fold(fused[from].block, node.block)) {
      new_index.push_back(from);
      continue;
    }
    new_index.push_back(static_cast<int>(fused.size()));
    fused.push_back(std::move(node));
  }
  graph.replace_nodes(std::move(fused));
}

}  // namespace floatsd::qat
