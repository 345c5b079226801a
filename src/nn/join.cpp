#include "floatsd/nn/join.h"

#include <ATen/ATen.h>

#include "floatsd/quant/fake_quantize.h"

namespace floatsd::nn {

AddRequantize Add::requantization(std::array<float, 2> input_scales) const {
  AddRequantize result = choose_add_requantize(input_scales, output_quantizer->qparams());
  result.relu = activation != Activation::kNone;
  result.upper = upper_code(result.output, activation);
  return result;
}

Signal Add::forward(const std::vector<Signal>& inputs, Pass pass) {
  const Signal& a = inputs[0];
  const Signal& b = inputs[1];
  if (!quant::quantizes(pass)) {
    const at::Tensor sum = activate(real_values(a) + real_values(b), activation);
    if (quant::observes(pass)) {
      output_quantizer->observe(quant::range_of(sum, Granularity::kPerTensor), pass);
    }
    return {sum, std::nullopt};
  }
  const std::array<float, 2> scales = {a.qparams->scale, b.qparams->scale};
  const at::Tensor left = code_values(a);
  const at::Tensor right = code_values(b);
  if (quant::observes(pass)) {
    output_quantizer->observe(activate(quant::sum_range(left, right, scales), activation), pass);
  }
  return finished(code_signal(quant::quantize_sum(left, right, requantization(scales)),
                              output_quantizer->qparams()),
                  activation);
}

FixedPoint Concat::multiplier(float input_scale) const {
  return average_multiplier(input_scale, 1, output_quantizer->qparams().scale);
}

Signal Concat::forward(const std::vector<Signal>& inputs, Pass pass) {
  const auto joined = [&](at::Tensor (*values)(const Signal&)) {
    std::vector<at::Tensor> parts;
    for (const Signal& input : inputs) {
      parts.push_back(values(input));
    }
    return at::cat(parts, 1);
  };
  if (quant::observes(pass)) {
    const at::NoGradGuard no_grad;
    output_quantizer->observe(quant::range_of(joined(real_values), Granularity::kPerTensor), pass);
  }
  if (!quant::quantizes(pass)) {
    return {joined(real_values), std::nullopt};
  }
  const at::Tensor codes = joined(code_values);
  Requantize requantize{.bias = std::vector<int32_t>(static_cast<size_t>(codes.size(1)), 0),
                        .multipliers = {},
                        .output = output_quantizer->qparams()};
  for (const Signal& input : inputs) {
    requantize.multipliers.insert(requantize.multipliers.end(),
                                  static_cast<size_t>(input.codes.bytes.size(1)),
                                  multiplier(input.qparams->scale));
  }
  const at::Tensor no_bias = at::zeros({codes.size(1)}, codes.options());
  return finished(
      code_signal(quant::quantize_outputs(codes, no_bias, requantize), requantize.output));
}

}  // namespace floatsd::nn
