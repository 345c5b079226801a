#include "floatsd/train/damping.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <cmath>
#include <memory>
#include <numbers>

#include "floatsd/quant/per_slice.h"

namespace floatsd::train {
namespace {

/// 2 (w - level * scale) within the clip, else 0.
at::Tensor pull(const nn::Layer& layer, const at::Tensor& folded, float input_scale) {
  const nn::WeightCodes codes = layer.weight_codes(input_scale);
  const at::Tensor scale = quant::per_slice(at::tensor(codes.scales), folded);
  const at::Tensor inside = folded.abs() < scale * layer.weight_quantizer->scheme().codebook->clip;
  return 2 * (folded - codes.levels * scale) * inside;
}

}  // namespace

void dampen_oscillations(nn::Graph& graph, double strength) {
  for (const nn::Node& node : graph.nodes()) {
    const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
    if (!layer || !layer->weight.grad().defined()) {
      continue;
    }
    const torch::NoGradGuard no_grad;
    at::Tensor gradient = pull(*layer, layer->folded_weight(), graph.input_qparams(node).scale);
    if (layer->norm) {  // folded = weight * factor
      gradient = gradient * quant::per_slice(layer->norm->fold_factor(), gradient);
    }
    layer->weight.mutable_grad().add_(gradient, strength);
  }
}

double damping_strength(double largest, int64_t step, int64_t steps) {
  const double part = static_cast<double>(step) / static_cast<double>(steps);
  return largest * (1 - std::cos(std::numbers::pi * part)) / 2;
}

}  // namespace floatsd::train
