#include "floatsd/passes/fuse.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "floatsd/nn/graph.h"
#include "nn/batch_norm.h"
#include "nn/join.h"
#include "nn/layer.h"
#include "nn/pool.h"

namespace floatsd::passes {
namespace {

/// Folds `block` into `layer` if the layer can take it.
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
      pool && layer.pool == 1 && dynamic_cast<const nn::Conv2d*>(&layer) != nullptr) {
    const int side = nn::tiling_side(pool->window());
    layer.pool = std::max(side, 1);
    return side > 0;
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

/// The fused nodes so far.
class FusedNodes {
 public:
  explicit FusedNodes(const std::vector<nn::Node>& old) : readers_(nn::count_readers(old)) {}

  void add(size_t old_index, const nn::Node& old) {
    nn::Node node = old;
    for (int& input : node.inputs) {
      input = input == nn::kGraphInput ? input : new_index_[input];
    }
    const bool may_fold = old.inputs.front() != nn::kGraphInput &&
                          readers_[old.inputs.front()] == 1 && node.inputs.size() == 1;
    if (may_fold && fold_into(node.inputs.front(), node.block)) {
      read_by_[node.inputs.front()] = readers_[old_index];
      new_index_.push_back(node.inputs.front());
      return;
    }
    if (auto norm = std::dynamic_pointer_cast<nn::BatchNorm2d>(node.block)) {
      node.block = std::make_shared<nn::ChannelAffine>(std::move(norm));
    }
    new_index_.push_back(static_cast<int>(nodes_.size()));
    read_by_.push_back(readers_[old_index]);
    nodes_.push_back(std::move(node));
  }

  std::vector<nn::Node> take() { return std::move(nodes_); }

 private:
  /// Folds the block into that node, or, an activation, through max pools into the one before them.
  bool fold_into(int into, const std::shared_ptr<nn::Block>& block) {
    if (fold(nodes_[into].block, block)) {
      return true;
    }
    const int before = nodes_[into].inputs.front();
    return std::dynamic_pointer_cast<nn::MaxPool2d>(nodes_[into].block) &&
           std::dynamic_pointer_cast<nn::ActivationBlock>(block) && before != nn::kGraphInput &&
           read_by_[before] == 1 && fold_into(before, block);
  }

  std::vector<int> readers_;    // of each old node
  std::vector<int> new_index_;  // of each old node
  std::vector<nn::Node> nodes_;
  std::vector<int> read_by_;  // how many read each of them
};

}  // namespace

void fuse(nn::Graph& graph) {
  const std::vector<nn::Node>& old = graph.nodes();
  FusedNodes fused(old);
  for (size_t i = 0; i < old.size(); ++i) {
    fused.add(i, old[i]);
  }
  graph.replace_nodes(fused.take());
}

}  // namespace floatsd::passes
