#include "floatsd/train/finite.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include "floatsd/core/error.h"

namespace floatsd::train {
namespace {

bool is_finite(const at::Tensor& values) { return at::isfinite(values).all().item<bool>(); }

bool has_finite_weights(const nn::Block& block) {
  for (const at::Tensor& parameter : block.parameters()) {
    if (!is_finite(parameter)) {
      return false;
    }
  }
  for (const at::Tensor& buffer : block.buffers()) {
    // An observer's ends are infinite until it observes.
    if (at::isnan(buffer).any().item<bool>()) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string find_not_finite(nn::Graph& graph, const at::Tensor& pixels) {
  const torch::NoGradGuard no_grad;
  std::string found;
  try {
    graph.forward(pixels, [&](const nn::Node& node, const nn::Signal& output) {
      if (!found.empty()) {
        return;
      }
      if (!has_finite_weights(*node.block)) {
        found = node.name + " has weights that are not finite";
      } else if (!is_finite(nn::real_values(output))) {
        found = node.name + " gives values that are not finite";
      }
    });
  } catch (const Diverged& error) {
    return found.empty() ? error.what() : found;
  }
  return found;
}

}  // namespace floatsd::train
