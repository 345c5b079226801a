#include "floatsd/nn/join.h"

#include <ATen/ATen.h>

#include "floatsd/quant/fake_quantize.h"

namespace floatsd::nn {

AddRequantize Add::requantization(std::array<float, 2> input_scales) const {
  AddRequantize result = choose_add_requantize(input_scales, output_quantizer->qparams());
  result.relu = activation != Activation::kNone;
  return result;
}

Signal Add::forward(const std::vector<Signal>& inputs, Pass pass) {
  const Signal& a = inputs[0];
  const Signal& b = inputs[1];
  if (!quant::quantizes(pass.mode)) {
    const at::Tensor sum = activate(real_values(a) + real_values(b), activation);
    if (quant::observes(pass.mode)) {
      output_quantizer->observe(quant::range_of(sum, Granularity::kPerTensor), pass.mode);
    }
    return {sum, std::nullopt};
  }
  const std::array<float, 2> scales = {a.qparams->scale, b.qparams->scale};
  const at::Tensor left = code_values(a);
  const at::Tensor right = code_values(b);
  if (quant::observes(pass.mode)) {
    output_quantizer->observe(activate(quant::sum_range(left, right, scales), activation),
                              pass.mode);
  }
  return learning_range(code_signal(quant::quantize_sum(left, right, requantization(scales)),
                                    output_quantizer->qparams()));
}

FixedPoint GlobalAveragePool::multiplier(float input_scale, int64_t pixels) const {
  return average_multiplier(input_scale, pixels, output_quantizer->qparams().scale);
}

Signal GlobalAveragePool::forward(const std::vector<Signal>& inputs, Pass pass) {
  const Signal& input = inputs.front();
  if (!quant::quantizes(pass.mode)) {
    const at::Tensor mean = real_values(input).mean({2, 3});
    if (quant::observes(pass.mode)) {
      output_quantizer->observe(quant::range_of(mean, Granularity::kPerTensor), pass.mode);
    }
    return {mean, std::nullopt};
  }
  const at::Tensor x = code_values(input);
  const int64_t pixels = x.size(2) * x.size(3);
  const bool is_exact = static_cast<double>(pixels * (kMaxCode - kMinCode)) < kExactInFloat;
  const at::Tensor sum = x.sum({2, 3}, /*keepdim=*/false, is_exact ? at::kFloat : at::kDouble);
  if (quant::observes(pass.mode)) {
    const double unit = double{input.qparams->scale} / static_cast<double>(pixels);
    output_quantizer->observe(
        quant::range_of((sum.detach() * unit).to(at::kFloat), Granularity::kPerTensor), pass.mode);
  }
  const auto channels = static_cast<size_t>(x.size(1));
  const Requantize requantize{
      .bias = std::vector<int32_t>(channels, 0),
      .multipliers = std::vector<FixedPoint>(channels, multiplier(input.qparams->scale, pixels)),
      .output = output_quantizer->qparams()};
  const at::Tensor no_bias = at::zeros({x.size(1)}, x.options());
  return learning_range(
      code_signal(quant::quantize_outputs(sum, no_bias, requantize), requantize.output));
}

}  // namespace floatsd::nn
