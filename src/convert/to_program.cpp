#include "floatsd/convert/to_program.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <memory>

#include "floatsd/core/error.h"
#include "floatsd/nn/join.h"

namespace floatsd::convert {
namespace {

runtime::Weights to_weights(const nn::Layer& layer, const nn::WeightCodes& codes) {
  const quant::WeightScheme& scheme = layer.weight_quantizer->scheme();
  const at::Tensor levels = codes.levels.cpu().to(at::kShort).contiguous();
  const auto* level = levels.const_data_ptr<int16_t>();
  return {.format = scheme.codebook->name,
          .granularity = scheme.granularity,
          .shape = levels.sizes().vec(),
          .levels = {level, level + levels.numel()},
          .scales = codes.scales};
}

/// A layer that reads codes of that scale.
decltype(runtime::Op::body) to_body(const nn::Layer& layer, float input_scale) {
  const nn::WeightCodes codes = layer.weight_codes(input_scale);
  runtime::Weights weights = to_weights(layer, codes);
  Requantize requantize =
      layer.requantization(input_scale, codes.scales, layer.output_quantizer->qparams());
  if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer)) {
    return runtime::Conv2d{.weights = std::move(weights),
                           .requantize = std::move(requantize),
                           .stride = conv->options().stride,
                           .padding = conv->options().padding,
                           .dilation = conv->options().dilation,
                           .groups = conv->options().groups,
                           .pool = conv->pool};
  }
  return runtime::Linear{.weights = std::move(weights), .requantize = std::move(requantize)};
}

/// The operator of a node, behind those that `program` has already.
runtime::Op to_op(const nn::Node& node, const runtime::Program& program) {
  runtime::Op op{.name = node.name, .inputs = node.inputs, .body = {}};
  const auto scale = [&](size_t i) { return runtime::input_qparams(program, op, i).scale; };
  const nn::Block& block = *node.block;
  if (const auto* quantized = dynamic_cast<const nn::QuantizedBlock*>(&block)) {
    if (quantized->output_quantizer == nullptr) {
      throw Error("this node was not prepared for quantization");
    }
    if (!quantized->output_quantizer->has_range()) {
      throw Error("its output was never observed; train or calibrate the network first");
    }
  }
  if (const auto* layer = dynamic_cast<const nn::Layer*>(&block)) {
    op.body = to_body(*layer, scale(0));
  } else if (const auto* add = dynamic_cast<const nn::Add*>(&block)) {
    op.body = runtime::Add{add->requantization({scale(0), scale(1)})};
  } else if (const auto* pool = dynamic_cast<const nn::GlobalAveragePool*>(&block)) {
    const runtime::ActivationShape in =
        runtime::input_shape(program, op, runtime::output_shapes(program));
    op.body =
        runtime::GlobalAveragePool{.multiplier = pool->multiplier(scale(0), in.height * in.width),
                                   .output = pool->output_quantizer->qparams()};
  } else if (const auto* downsample = dynamic_cast<const nn::Downsample*>(&block)) {
    op.body = runtime::Downsample{.stride = downsample->options().stride,
                                  .channels_before = downsample->options().channels_before,
                                  .channels_after = downsample->options().channels_after};
  } else {
    throw Error("this node has no integer form");
  }
  return op;
}

/// Empty where every code is its byte.
runtime::InputTable to_input_table(const nn::InputSpec& spec) {
  const std::vector<uint8_t> table = nn::input_table(spec);
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i] != i % 256) {
      return table;
    }
  }
  return {};
}

}  // namespace

runtime::Program to_program(const nn::Graph& graph) {
  if (graph.pass().mode != quant::Mode::kFrozen) {
    throw Error(graph.network() +
                ": only a quantized network whose ranges are frozen has an integer form");
  }
  const torch::NoGradGuard no_grad;
  const nn::InputSpec& input = graph.input();
  runtime::Program program{.network = graph.network(),
                           .input_shape = {input.channels, input.height, input.width},
                           .input = nn::input_qparams(input),
                           .input_table = to_input_table(input),
                           .ops = {},
                           .normalization = {.mean = input.mean, .deviation = input.deviation},
                           .class_names = graph.architecture().class_names};
  for (const nn::Node& node : graph.nodes()) {
    try {
      program.ops.push_back(to_op(node, program));
    } catch (const Error& error) {
      throw Error(node.name + ": " + error.what());
    }
  }
  runtime::validate(program);
  return program;
}

}  // namespace floatsd::convert
