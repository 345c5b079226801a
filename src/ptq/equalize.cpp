#include "floatsd/ptq/equalize.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "floatsd/nn/graph.h"
#include "nn/batch_norm.h"
#include "nn/layer.h"
#include "ops/per_slice.h"

namespace floatsd::ptq {
namespace {

constexpr int kMostSweeps = 100;
constexpr double kStandsStill = 0.01;
constexpr double kSmallest = 1e-30;

/// A layer, and the only one that reads it.
struct Pair {
  std::shared_ptr<nn::Layer> first, second;
  double reach;  ///< of the first layer before anything is moved: largest |weight| + |bias|
};

at::Tensor output_ranges(const nn::Layer& layer) {
  return layer.folded_weight().abs().flatten(1).amax(1);
}

std::vector<Pair> find_pairs(const nn::Graph& graph) {
  const std::vector<nn::Node>& nodes = graph.nodes();
  const std::vector<int> readers = nn::count_readers(nodes);
  std::vector<Pair> pairs;
  for (const nn::Node& node : nodes) {
    const int from = node.inputs.front();
    if (from == nn::kGraphInput || readers[from] != 1) {
      continue;
    }
    auto first = std::dynamic_pointer_cast<nn::Layer>(nodes[from].block);
    auto second = std::dynamic_pointer_cast<nn::Layer>(node.block);
    if (first && second && first->trains_weights() && second->trains_weights() &&
        first->activation != nn::Activation::kRelu6) {
      const double reach =
          (output_ranges(*first) + first->folded_bias().abs()).max().item<double>();
      pairs.push_back({std::move(first), std::move(second), reach});
    }
  }
  return pairs;
}

/// Weights that read `channels` input channels, as [groups, outputs, inputs, rest]: of each group
/// its output and input channels.
at::Tensor by_input_channel(const nn::Layer& layer, const at::Tensor& weight, int64_t channels) {
  const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer);
  const int64_t groups = conv == nullptr ? 1 : conv->options().groups;
  return weight.contiguous().view({groups, weight.size(0) / groups, channels / groups, -1});
}

at::Tensor input_ranges(const nn::Layer& layer, int64_t channels) {
  return by_input_channel(layer, layer.folded_weight(), channels).abs().amax({1, 3}).flatten();
}

void divide_outputs(nn::Layer& layer, const at::Tensor& s) {
  if (layer.norm) {
    layer.norm->weight.div_(s);
    layer.norm->bias.div_(s);
    return;
  }
  layer.weight.div_(ops::per_slice(s, layer.weight));
  if (layer.bias.defined()) {
    layer.bias.div_(s);
  }
}

void multiply_inputs(nn::Layer& layer, const at::Tensor& s) {
  const at::Tensor weight = by_input_channel(layer, layer.weight, s.size(0));
  const at::Tensor scaled = weight * s.view({weight.size(0), 1, weight.size(2), 1});
  layer.weight.copy_(scaled.view(layer.weight.sizes()));
}

/// How far the pair's factors were from 1.
double equalize(const Pair& pair) {
  const at::Tensor first = output_ranges(*pair.first);
  const at::Tensor second = input_ranges(*pair.second, first.size(0));
  const at::Tensor is_alive = (first > 0).logical_and(second > 0);
  const at::Tensor least = pair.first->folded_bias().abs() / std::max(pair.reach, kSmallest);
  const at::Tensor s =
      at::where(is_alive, at::maximum(at::sqrt(first / second), least), at::ones_like(first));
  divide_outputs(*pair.first, s);
  multiply_inputs(*pair.second, s);
  return (s - 1).abs().max().item<double>();
}

}  // namespace

void equalize(nn::Graph& graph) {
  const at::NoGradGuard no_grad;
  const std::vector<Pair> pairs = find_pairs(graph);
  double moved = 1;
  for (int sweep = 0; sweep < kMostSweeps && moved > kStandsStill; ++sweep) {
    moved = 0;
    for (const Pair& pair : pairs) {
      moved = std::max(moved, equalize(pair));
    }
  }
}

}  // namespace floatsd::ptq
