#include "train/finite.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>

#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/layer.h"
#include "train/quantizer_state.h"

namespace floatsd::train {
namespace {

bool is_finite(const at::Tensor& values) { return at::isfinite(values).all().item<bool>(); }

/// Until something is observed, a range reaches from inf to -inf.
bool is_sound(const std::string& name, const at::Tensor& values) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (name.ends_with(kRangeMin)) {
    return is_finite(values.masked_fill(values == kInfinity, 0));
  }
  if (name.ends_with(kRangeMax)) {
    return is_finite(values.masked_fill(values == -kInfinity, 0));
  }
  return is_finite(values);
}

bool has_sound_weights(const nn::Block& block) {
  for (const auto& parameter : block.named_parameters()) {
    if (!is_sound(parameter.first, parameter.second)) {
      return false;
    }
  }
  for (const auto& buffer : block.named_buffers()) {
    if (!is_sound(buffer.first, buffer.second)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string find_weights_not_finite(const nn::Graph& graph) {
  const at::NoGradGuard no_grad;
  for (const nn::Node& node : graph.nodes()) {
    if (!has_sound_weights(*node.block)) {
      return node.name + " has weights that are not finite";
    }
  }
  return {};
}

std::string find_not_finite(nn::Graph& graph, const at::Tensor& pixels,
                            const std::vector<quant::Pass>& passes) {
  const at::NoGradGuard no_grad;
  std::string found = find_weights_not_finite(graph);
  if (!found.empty()) {
    return found;
  }
  try {
    graph.forward(pixels, passes, [&](const nn::Node& node, const ops::Signal& output) {
      if (found.empty() && !is_finite(real_values(output))) {
        found = node.name + " gives values that are not finite";
      }
    });
  } catch (const Diverged& error) {
    return found.empty() ? error.what() : found;
  }
  return found;
}

}  // namespace floatsd::train
