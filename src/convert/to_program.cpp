#include "floatsd/convert/to_program.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <memory>

#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/input.h"
#include "nn/join.h"
#include "nn/layer.h"
#include "nn/pool.h"
#include "nn/rearrange.h"
#include "ops/product.h"
#include "quant/quantizer.h"

namespace floatsd::convert {
namespace {

runtime::Weights to_weights(const nn::Layer& layer, const nn::WeightCodes& codes) {
  const quant::WeightScheme& scheme = layer.weight_quantizer->scheme();
  const at::Tensor levels = codes.levels.to(at::kShort).contiguous();
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
  const ops::Product product = layer.product();
  if (!product.is_linear) {
    return runtime::Conv2d{.weights = std::move(weights),
                           .requantize = std::move(requantize),
                           .stride = product.window.stride,
                           .padding = product.window.padding,
                           .dilation = product.window.dilation,
                           .groups = static_cast<int>(product.groups),
                           .pool = layer.pool};
  }
  return runtime::Linear{.weights = std::move(weights), .requantize = std::move(requantize)};
}

/// What a node's operator reads.
struct Inputs {
  const runtime::Op& op;
  const runtime::Program& program;  ///< the operators before it

  [[nodiscard]] QParams qparams(size_t index = 0) const {
    return runtime::input_qparams(program, op, index);
  }
  /// Of the first.
  [[nodiscard]] runtime::ActivationShape shape() const {
    return runtime::input_shape(program, op, runtime::output_shapes(program));
  }
};

runtime::AveragePool to_body(const nn::AveragePool2d& pool, const Inputs& inputs) {
  runtime::AveragePool body{.window = pool.window(),
                            .padding_counts = pool.padding_counts(),
                            .multipliers = {},
                            .output = pool.output_quantizer->qparams()};
  for (const int64_t count : runtime::pool_counts(body, inputs.shape()).distinct()) {
    body.multipliers.push_back(pool.multiplier(inputs.qparams().scale, count));
  }
  return body;
}

runtime::Concat to_body(const nn::Concat& concat, const Inputs& inputs) {
  runtime::Concat body{.multipliers = {}, .output = concat.output_quantizer->qparams()};
  for (size_t i = 0; i < inputs.op.inputs.size(); ++i) {
    body.multipliers.push_back(concat.multiplier(inputs.qparams(i).scale));
  }
  return body;
}

decltype(runtime::Op::body) to_body(const nn::Block& block, const Inputs& inputs) {
  const QParams input = inputs.qparams();
  if (const auto* layer = dynamic_cast<const nn::Layer*>(&block)) {
    return to_body(*layer, input.scale);
  }
  if (const auto* add = dynamic_cast<const nn::Add*>(&block)) {
    return runtime::Add{add->requantization({input.scale, inputs.qparams(1).scale})};
  }
  if (const auto* concat = dynamic_cast<const nn::Concat*>(&block)) {
    return to_body(*concat, inputs);
  }
  if (const auto* pool = dynamic_cast<const nn::GlobalAveragePool*>(&block)) {
    const runtime::ActivationShape in = inputs.shape();
    return runtime::GlobalAveragePool{
        .multiplier = pool->multiplier(input.scale, in.height * in.width),
        .output = pool->output_quantizer->qparams()};
  }
  if (const auto* pool = dynamic_cast<const nn::AveragePool2d*>(&block)) {
    return to_body(*pool, inputs);
  }
  if (const auto* pool = dynamic_cast<const nn::MaxPool2d*>(&block)) {
    return runtime::MaxPool{pool->window()};
  }
  if (const auto* downsample = dynamic_cast<const nn::Downsample*>(&block)) {
    return runtime::Downsample{.stride = downsample->options().stride,
                               .channels_before = downsample->options().channels_before,
                               .channels_after = downsample->options().channels_after};
  }
  if (const auto* flatten = dynamic_cast<const nn::Flatten*>(&block)) {
    return runtime::Flatten{flatten->order()};
  }
  if (const auto* relu = dynamic_cast<const nn::ActivationBlock*>(&block)) {
    return runtime::Clamp{.lower = nn::lower_code(input, relu->activation()),
                          .upper = nn::upper_code(input, relu->activation())};
  }
  throw Error("this node has no integer form");
}

/// The operator of a node, behind those that `program` has already.
runtime::Op to_op(const nn::Node& node, const runtime::Program& program) {
  runtime::Op op{.name = node.name, .inputs = node.inputs, .body = {}};
  op.body = to_body(*node.block, Inputs{op, program});
  return op;
}

/// Empty if every code is its byte.
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
  nn::check_has_ranges(graph);
  const at::NoGradGuard no_grad;
  const nn::InputSpec& input = graph.input();
  runtime::Program program{.network = graph.network(),
                           .input_shape = {input.channels, input.height, input.width},
                           .input = nn::input_qparams(input),
                           .input_table = to_input_table(input),
                           .ops = {},
                           .normalization = {.mean = input.mean, .deviation = input.deviation},
                           .class_names = graph.architecture().class_names};
  for (const nn::Node& node : graph.nodes()) {
    program.ops.push_back(named(node.name, [&] { return to_op(node, program); }));
  }
  runtime::validate(program);
  return program;
}

}  // namespace floatsd::convert
