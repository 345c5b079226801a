#include "nn/block.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "floatsd/core/requantize.h"
#include "ops/range.h"
#include "quant/quantizer.h"

namespace floatsd::nn {
namespace {

constexpr float kRelu6Limit = 6.0F;

}  // namespace

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

ops::Range activate(const ops::Range& range, Activation activation) {
  if (activation == Activation::kNone) {
    return range;
  }
  const float limit =
      activation == Activation::kRelu6 ? kRelu6Limit : std::numeric_limits<float>::infinity();
  ops::Range activated = range;
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

void QuantizedBlock::set_output_quantizer(std::shared_ptr<quant::OutputQuantizer> quantizer) {
  output_quantizer = register_module("output_quantizer", std::move(quantizer));
}

ops::Signal QuantizedBlock::finished(ops::Signal output, Activation activation) const {
  output.codes = output_quantizer->learning_range(std::move(output.codes), output.shards);
  const int32_t upper = upper_code(*output.qparams, activation);
  if (upper == kMaxCode) {
    return output;
  }
  return ops::of_either(output, [&](const at::Tensor& codes) {
    return at::clamp_max(codes, upper - output.qparams->zero_point);
  });
}

ops::Signal ActivationBlock::forward(const std::vector<ops::Signal>& inputs, Pass /*pass*/) {
  const ops::Signal& input = inputs.front();
  if (!input.qparams) {
    return {.values = activate(input.values, activation_), .shards = input.shards};
  }
  const int32_t zero_point = input.qparams->zero_point;
  return ops::of_either(input, [&](const at::Tensor& codes) {
    return at::clamp(codes, lower_code(*input.qparams, activation_) - zero_point,
                     upper_code(*input.qparams, activation_) - zero_point);
  });
}

}  // namespace floatsd::nn
