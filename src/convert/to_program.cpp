#include "floatsd/convert/to_program.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <memory>

#include "floatsd/core/error.h"

namespace floatsd::convert {
namespace {

runtime::Weights to_weights(const nn::Layer& layer, const nn::WeightCodes& codes) {
  const quant::WeightScheme& scheme = layer.weight_quantizer->scheme();
  const at::Tensor levels = codes.levels.cpu().to(at::kChar).contiguous();
  const auto* level = levels.const_data_ptr<int8_t>();
  return {.format = scheme.codebook->name,
          .granularity = scheme.granularity,
          .shape = levels.sizes().vec(),
          .levels = {level, level + levels.numel()},
          .scales = codes.scales};
}

/// The operator of a layer that reads codes of that scale.
runtime::Op to_op(const nn::Node& node, const nn::Layer& layer, const QParams& input) {
  if (!layer.output_quantizer->has_range()) {
    throw Error(node.name +
                ": its output was never observed; train or calibrate the network first");
  }
  const nn::WeightCodes codes = layer.weight_codes(input.scale);
  runtime::Op op{.name = node.name, .inputs = node.inputs, .body = {}};
  runtime::Weights weights = to_weights(layer, codes);
  Requantize requantize =
      layer.requantization(input.scale, codes.scales, layer.output_quantizer->qparams());
  if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer)) {
    op.body = runtime::Conv2d{.weights = std::move(weights),
                              .requantize = std::move(requantize),
                              .stride = conv->options().stride,
                              .padding = conv->options().padding,
                              .groups = conv->options().groups,
                              .pool = conv->pool};
  } else {
    op.body = runtime::Linear{.weights = std::move(weights), .requantize = std::move(requantize)};
  }
  return op;
}

}  // namespace

runtime::Program to_program(const nn::Graph& graph) {
  if (graph.mode() != quant::Mode::kFrozen) {
    throw Error(graph.network() +
                ": only a quantized network whose ranges are frozen has an integer form");
  }
  const torch::NoGradGuard no_grad;
  const nn::InputSpec& input = graph.input();
  runtime::Program program{.network = graph.network(),
                           .input_shape = {input.channels, input.height, input.width},
                           .input = input.qparams,
                           .input_table = {},
                           .ops = {}};
  for (const nn::Node& node : graph.nodes()) {
    const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
    if (layer == nullptr || layer->weight_quantizer == nullptr) {
      throw Error(node.name + ": this node was not prepared for quantization");
    }
    const int from = node.inputs.front();
    const QParams qparams = from == nn::kGraphInput
                                ? input.qparams
                                : runtime::output_qparams(program, program.ops[from]);
    program.ops.push_back(to_op(node, *layer, qparams));
  }
  runtime::validate(program);
  return program;
}

}  // namespace floatsd::convert
