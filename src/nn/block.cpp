#include "floatsd/nn/block.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "floatsd/nn/max_pool.h"

namespace floatsd::nn {
namespace {

constexpr float kRelu6Limit = 6.0F;

/// A signal of the same kind, from what `work` makes of codes less their zero point or of reals.
template <typename Work>
Signal of_either(const Signal& input, const Work& work) {
  return input.qparams ? code_signal(work(code_values(input)), *input.qparams)
                       : Signal{work(input.values), std::nullopt};
}

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

Signal ActivationBlock::forward(const std::vector<Signal>& inputs, Pass /*pass*/) {
  return {activate(real_values(inputs.front()), activation_), std::nullopt};
}

Signal MaxPool2d::forward(const std::vector<Signal>& inputs, Pass /*pass*/) {
  return of_either(inputs.front(), [this](const at::Tensor& x) { return max_pool(x, window_); });
}

Signal Downsample::forward(const std::vector<Signal>& inputs, Pass /*pass*/) {
  return of_either(inputs.front(), [this](const at::Tensor& x) {
    const at::Tensor picked = x.slice(2, 0, {}, options_.stride).slice(3, 0, {}, options_.stride);
    return at::constant_pad_nd(picked,
                               {0, 0, 0, 0, options_.channels_before, options_.channels_after}, 0)
        .contiguous(at::MemoryFormat::ChannelsLast);
  });
}

}  // namespace floatsd::nn
