#include "floatsd/nn/layer.h"

#include <ATen/ATen.h>
#include <torch/nn/init.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "floatsd/nn/max_pool.h"
#include "floatsd/quant/fake_quantize.h"

namespace floatsd::nn {
namespace {

/// Below this bound a float32 sum of integers is exact in every order.
constexpr double kExactInFloat = 0x1p24;

at::Tensor pooled(const at::Tensor& x, int window) { return window == 1 ? x : max_pool(x, window); }

std::vector<float> values(const at::Tensor& t) {
  const at::Tensor host = t.detach().cpu();
  return {host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel()};
}

at::Tensor shaped_bias(const at::Tensor& bias, const at::Tensor& like) {
  std::vector<int64_t> shape(like.dim(), 1);
  shape[1] = -1;
  return bias.reshape(shape);
}

/// The range of a layer's real outputs, from the extremes of its accumulators in each channel.
quant::Range output_range(const quant::Range& accumulators, const std::vector<float>& bias,
                          float input_scale, const std::vector<float>& weight_scales, bool relu) {
  float min = std::numeric_limits<float>::infinity();
  float max = -min;
  for (size_t c = 0; c < bias.size(); ++c) {
    const float unit = input_scale * weight_scales[weight_scales.size() == 1 ? 0 : c];
    min = std::min(min, accumulators.min[c] * unit + bias[c]);
    max = std::max(max, accumulators.max[c] * unit + bias[c]);
  }
  return relu ? quant::Range{{std::max(min, 0.0F)}, {std::max(max, 0.0F)}}
              : quant::Range{{min}, {max}};
}

}  // namespace

void Layer::make_parameters(const std::vector<int64_t>& weight_shape) {
  weight = register_parameter("weight", at::empty(weight_shape));
  bias = register_parameter("bias", at::empty({weight_shape[0]}));
  const auto fan_in = static_cast<double>(weight.numel() / weight.size(0));
  const double bound = 1.0 / std::sqrt(fan_in);
  torch::nn::init::uniform_(weight, -bound, bound);
  if (weight.dim() == 4) {  // ATen's convolutions are faster so, and take it over to their outputs
    weight.set_data(weight.contiguous(at::MemoryFormat::ChannelsLast));
  }
  torch::nn::init::uniform_(bias, -bound, bound);
}

void Layer::set_quantizers(std::shared_ptr<quant::WeightQuantizer> weights,
                           std::shared_ptr<quant::OutputQuantizer> output) {
  weight_quantizer = register_module("weight_quantizer", std::move(weights));
  output_quantizer = register_module("output_quantizer", std::move(output));
}

Signal Layer::forward(const Signal& input, quant::Mode mode) {
  return quant::quantizes(mode) ? forward_codes(input, mode)
                                : forward_float(real_values(input), mode);
}

Signal Layer::forward_float(const at::Tensor& x, quant::Mode mode) {
  const at::Tensor sum = pooled(apply(x, weight), pool);
  at::Tensor y = sum + shaped_bias(bias, sum);
  if (relu) {
    y = at::relu(y);
  }
  if (quant::observes(mode)) {
    weight_quantizer->observe(weight);
    output_quantizer->observe(quant::range_of(y, Granularity::kPerTensor));
  }
  return {y, std::nullopt};
}

Signal Layer::forward_codes(const Signal& input, quant::Mode mode) {
  const float input_scale = input.qparams->scale;
  if (quant::observes(mode)) {
    weight_quantizer->observe(weight);
  }
  const WeightCodes codes = weight_codes(input_scale);
  const at::Tensor acc = pooled(accumulate(input, codes.levels), pool);
  if (quant::observes(mode)) {
    output_quantizer->observe(
        output_range(quant::channel_range(acc), values(bias), input_scale, codes.scales, relu));
  }
  const QParams output = output_quantizer->qparams();
  return {quant::quantize_outputs(acc, bias, requantization(input_scale, codes.scales, output)),
          output};
}

WeightCodes Layer::weight_codes(float input_scale) const {
  const std::vector<float> biases = values(bias);
  std::vector<float> scales = weight_quantizer->scales();
  for (size_t c = 0; c < biases.size(); ++c) {
    float& scale = scales[scales.size() == 1 ? 0 : c];
    scale = std::max(scale, smallest_weight_scale(biases[c], input_scale));
  }
  return {quant::quantize_weights(weight, scales, *weight_quantizer->scheme().codebook), scales};
}

Requantize Layer::requantization(float input_scale, const std::vector<float>& weight_scales,
                                 QParams output) const {
  Requantize result = choose_requantize(values(bias), input_scale, weight_scales, output);
  result.relu = relu;
  return result;
}

double Layer::accumulator_bound(const at::Tensor& levels, int32_t input_zero_point) {
  const at::Tensor dense = levels.detach().cpu().contiguous(levels.suggest_memory_format());
  const int64_t channels = dense.size(0);
  const int64_t length = dense.numel() / channels;
  const auto* level = dense.const_data_ptr<float>();
  int32_t largest = 0;
  for (int64_t c = 0; c < channels; ++c) {
    int32_t sum = 0;
    for (int64_t i = 0; i < length; ++i) {
      sum += std::abs(static_cast<int32_t>(level[c * length + i]));
    }
    largest = std::max(largest, sum);
  }
  return static_cast<double>(largest) * std::max(input_zero_point, kMaxCode - input_zero_point);
}

at::Tensor Layer::accumulate(const Signal& input, const at::Tensor& levels) const {
  if (accumulator_bound(levels, input.qparams->zero_point) < kExactInFloat) {
    return apply(input.values, levels);
  }
  return apply(input.values.to(at::kDouble), levels.to(at::kDouble));
}

Conv2d::Conv2d(Options options) : options_(options) {
  make_parameters(
      {options.out_channels, options.in_channels / options.groups, options.kernel, options.kernel});
}

std::string Conv2d::kind() const {
  return options_.groups > 1 && options_.groups == options_.in_channels ? "depthwise" : "conv";
}

at::Tensor Conv2d::apply(const at::Tensor& x, const at::Tensor& w) const {
  return at::conv2d(x, w, /*bias=*/{}, options_.stride, options_.padding, /*dilation=*/1,
                    options_.groups);
}

Linear::Linear(int64_t in_features, int64_t out_features) {
  make_parameters({out_features, in_features});
}

at::Tensor Linear::apply(const at::Tensor& x, const at::Tensor& w) const {
  return at::linear(x.flatten(1), w);
}

}  // namespace floatsd::nn
