#include "nn/join.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ops/fake_quantize.h"
#include "ops/range.h"
#include "ops/shards.h"
#include "quant/quantizer.h"

namespace floatsd::nn {

std::shared_ptr<Block> Add::clone_empty() const {
  auto copy = std::make_shared<Add>();
  copy->activation = activation;
  return copy;
}

AddRequantize Add::requantization(std::array<float, 2> input_scales) const {
  AddRequantize result = choose_add_requantize(input_scales, output_quantizer->qparams());
  result.relu = activation != Activation::kNone;
  result.upper = upper_code(result.output, activation);
  return result;
}

ops::Signal Add::forward(const std::vector<ops::Signal>& inputs, Pass pass) {
  const ops::Signal& a = inputs[0];
  const ops::Signal& b = inputs[1];
  if (!quant::quantizes(pass)) {
    const at::Tensor sum = activate(ops::real_values(a) + ops::real_values(b), activation);
    if (quant::observes(pass)) {
      output_quantizer->observe(ops::range_of(sum, Granularity::kPerTensor), pass, a.shards);
    }
    return {.values = sum, .shards = a.shards};
  }
  const std::array<float, 2> scales = {a.qparams->scale, b.qparams->scale};
  const at::Tensor left = ops::code_values(a);
  const at::Tensor right = ops::code_values(b);
  if (quant::observes(pass)) {
    output_quantizer->observe(activate(ops::sum_range(left, right, scales), activation), pass,
                              a.shards);
  }
  return finished(ops::code_signal(ops::quantize_sum(left, right, requantization(scales)),
                                   output_quantizer->qparams(), a.shards),
                  activation);
}

FixedPoint Concat::multiplier(float input_scale) const {
  return average_multiplier(input_scale, 1, output_quantizer->qparams().scale);
}

ops::Signal Concat::forward(const std::vector<ops::Signal>& inputs, Pass pass) {
  const ops::ShardsPtr& shards = inputs.front().shards;
  const auto joined = [&](at::Tensor (*values)(const ops::Signal&)) {
    std::vector<at::Tensor> parts;
    for (const ops::Signal& input : inputs) {
      parts.push_back(values(input));
    }
    return at::cat(parts, 1);
  };
  if (quant::observes(pass)) {
    const at::NoGradGuard no_grad;
    output_quantizer->observe(ops::range_of(joined(ops::real_values), Granularity::kPerTensor),
                              pass, shards);
  }
  if (!quant::quantizes(pass)) {
    return {.values = joined(ops::real_values), .shards = shards};
  }
  const at::Tensor codes = joined(ops::code_values);
  Requantize requantize{.bias = std::vector<int32_t>(static_cast<size_t>(codes.size(1)), 0),
                        .multipliers = {},
                        .output = output_quantizer->qparams()};
  for (const ops::Signal& input : inputs) {
    requantize.multipliers.insert(requantize.multipliers.end(),
                                  static_cast<size_t>(input.codes.bytes.size(1)),
                                  multiplier(input.qparams->scale));
  }
  const at::Tensor no_bias = at::zeros({codes.size(1)}, codes.options());
  return finished(ops::code_signal(ops::quantize_outputs(codes, no_bias, requantize, shards),
                                   requantize.output, shards));
}

}  // namespace floatsd::nn
