#include "train/quantized_weights.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/refuse.h"
#include "floatsd/nn/graph.h"
#include "nn/input.h"
#include "nn/layer.h"

namespace floatsd::train {

at::Tensor real_values(const serialize::QuantizedTensor& tensor) {
  at::Tensor scales = at::tensor(tensor.scales, at::kDouble);
  at::Tensor zero_points = at::tensor(tensor.zero_points, at::kLong).to(at::kDouble);
  if (tensor.axis) {
    std::vector<int64_t> shape(static_cast<size_t>(tensor.codes.dim()), 1);
    shape[static_cast<size_t>(*tensor.axis)] = -1;
    scales = scales.view(shape);
    zero_points = zero_points.view(shape);
  }
  return ((tensor.codes.to(at::kDouble) - zero_points) * scales).to(at::kFloat);
}

at::Tensor real_bias(const at::Tensor& bias, const serialize::QuantizedTensor& weight,
                     double input_scale) {
  return (bias.to(at::kDouble) * at::tensor(weight.scales, at::kDouble) * input_scale)
      .to(at::kFloat);
}

double input_scale(const nn::Graph& graph, const std::string& layer,
                   const std::function<const at::Tensor*(const std::string& node)>& scale_of) {
  const auto& nodes = graph.nodes();
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const nn::Node& node) { return node.name == layer; });
  require(found != nodes.end(), layer + ": the network has no such layer");
  int from = found->inputs.front();
  for (; from != nn::kGraphInput; from = nodes[static_cast<size_t>(from)].inputs.front()) {
    if (const at::Tensor* scale = scale_of(nodes[static_cast<size_t>(from)].name)) {
      return scale->to(at::kDouble).item<double>();
    }
    const auto* quantized =
        dynamic_cast<const nn::QuantizedBlock*>(nodes[static_cast<size_t>(from)].block.get());
    require(quantized == nullptr, layer +
                                      ".bias: an INT32 bias, and no scale of what the layer "
                                      "reads (" +
                                      nodes[static_cast<size_t>(from)].name + ".scale)");
  }
  const at::Tensor* scale = scale_of("");
  return scale != nullptr ? scale->to(at::kDouble).item<double>()
                          : nn::input_qparams(graph.input()).scale;
}

}  // namespace floatsd::train
