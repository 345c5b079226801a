#include "floatsd/nn/block.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "floatsd/nn/max_pool.h"

namespace floatsd::nn {
namespace {

constexpr float kRelu6Limit = 6.0F;

}  // namespace

at::Tensor real_values(const Signal& signal) {
  return signal.qparams ? signal.values * signal.qparams->scale : signal.values;
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

Signal ActivationBlock::forward(const std::vector<Signal>& inputs, Pass /*pass*/) {
  return {activate(real_values(inputs.front()), activation_), std::nullopt};
}

Signal MaxPool2d::forward(const std::vector<Signal>& inputs, Pass /*pass*/) {
  const Signal& input = inputs.front();
  return {max_pool(input.values, window_), input.qparams};
}

Signal Downsample::forward(const std::vector<Signal>& inputs, Pass /*pass*/) {
  const Signal& input = inputs.front();
  const at::Tensor picked =
      input.values.slice(2, 0, {}, options_.stride).slice(3, 0, {}, options_.stride);
  const at::Tensor padded = at::constant_pad_nd(
      picked, {0, 0, 0, 0, options_.channels_before, options_.channels_after}, 0);
  return {padded.contiguous(at::MemoryFormat::ChannelsLast), input.qparams};
}

}  // namespace floatsd::nn
