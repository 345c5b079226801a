#include "floatsd/nn/block.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "floatsd/core/requantize.h"

namespace floatsd::nn {
namespace {

constexpr float kRelu6Limit = 6.0F;

}  // namespace

at::Tensor real_values(const Signal& signal) {
  return signal.qparams ? code_values(signal) * signal.qparams->scale : signal.values;
}

at::Tensor code_values(const Signal& signal) {
  return quant::code_values(signal.codes, signal.qparams->zero_point);
}

Signal code_signal(const at::Tensor& values, QParams qparams) {
  return {.qparams = qparams, .codes = quant::to_codes(values, qparams.zero_point)};
}

Signal quantized(const at::Tensor& reals, QParams qparams) {
  const auto zero_point = static_cast<float>(qparams.zero_point);
  const at::Tensor codes =
      at::floor(reals / qparams.scale + 0.5F).clamp(kMinCode - zero_point, kMaxCode - zero_point);
  return code_signal(codes, qparams);
}

at::Tensor activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return at::relu(x);
    case Activation::kRelu6:
      return at::clamp(x, 0.0, kRelu6Limit);
    case Activation::kNone:
      break;
  }
  return x;
}

quant::Range activate(const quant::Range& range, Activation activation) {
  if (activation == Activation::kNone) {
    return range;
  }
  const float limit =
      activation == Activation::kRelu6 ? kRelu6Limit : std::numeric_limits<float>::infinity();
  quant::Range activated = range;
  for (std::vector<float>* ends : {&activated.min, &activated.max}) {
    for (float& end : *ends) {
      end = std::clamp(end, 0.0F, limit);
    }
  }
  return activated;
}

int32_t lower_code(QParams qparams, Activation activation) {
  return activation == Activation::kNone ? kMinCode : qparams.zero_point;
}

int32_t upper_code(QParams qparams, Activation activation) {
  return activation == Activation::kRelu6 ? floatsd::upper_code(kRelu6Limit, qparams) : kMaxCode;
}

Signal QuantizedBlock::finished(Signal output, Activation activation) const {
  output.codes = output_quantizer->learning_range(std::move(output.codes));
  const int32_t upper = upper_code(*output.qparams, activation);
  if (upper == kMaxCode) {
    return output;
  }
  return of_either(output, [&](const at::Tensor& codes) {
    return at::clamp_max(codes, upper - output.qparams->zero_point);
  });
}

Signal ActivationBlock::forward(const std::vector<Signal>& inputs, Pass /*pass*/) {
  const Signal& input = inputs.front();
  if (!input.qparams) {
    return {activate(input.values, activation_), std::nullopt};
  }
  const int32_t zero_point = input.qparams->zero_point;
  return of_either(input, [&](const at::Tensor& codes) {
    return at::clamp(codes, lower_code(*input.qparams, activation_) - zero_point,
                     upper_code(*input.qparams, activation_) - zero_point);
  });
}

}  // namespace floatsd::nn
