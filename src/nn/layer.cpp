#include "nn/layer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "floatsd/core/error.h"
#include "nn/batch_norm.h"
#include "ops/accumulate.h"
#include "ops/accumulators.h"
#include "ops/by_shard.h"
#include "ops/fake_quantize.h"
#include "ops/half_sums.h"
#include "ops/max_pool.h"
#include "ops/normalize.h"
#include "ops/per_slice.h"
#include "ops/product.h"
#include "ops/range.h"
#include "ops/round_signals.h"
#include "quant/quantizer.h"

namespace floatsd::nn {
namespace {

at::Tensor pooled(const at::Tensor& x, int window) {
  return window == 1 ? x : ops::max_pool(x, window);
}

std::vector<float> values(const at::Tensor& t) {
  const at::Tensor host = t.detach();
  return {host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel()};
}

/// The real value of one accumulator unit in each channel.
std::vector<double> units(float input_scale, const std::vector<float>& weight_scales,
                          size_t channels) {
  std::vector<double> units;
  for (size_t c = 0; c < channels; ++c) {
    units.push_back(double{input_scale} * double{weight_scales[weight_scales.size() == 1 ? 0 : c]});
  }
  return units;
}

at::Tensor with_bias(const at::Tensor& y, const at::Tensor& bias, const ops::ShardsPtr& shards) {
  return bias.defined() ? ops::plus_bias(y, bias, shards) : y;
}

/// The range of y over all channels, activated.
ops::Range output_range(const ops::Range& accumulators, const ops::ChannelAffine& y,
                        Activation activation) {
  double min = std::numeric_limits<double>::infinity();
  double max = -min;
  for (size_t c = 0; c < y.slope.size(); ++c) {  // slopes are not negative
    min = std::min(min, accumulators.min[c] * y.slope[c] + y.offset[c]);
    max = std::max(max, accumulators.max[c] * y.slope[c] + y.offset[c]);
  }
  return activate(ops::Range{{static_cast<float>(min)}, {static_cast<float>(max)}}, activation);
}

}  // namespace

void Layer::make_parameters(const std::vector<int64_t>& weight_shape, Bias has_bias) {
  weight = register_parameter("weight", at::empty(weight_shape));
  const auto fan_in = static_cast<double>(weight.numel() / weight.size(0));
  const double bound = 1.0 / std::sqrt(fan_in);
  const at::NoGradGuard no_grad;
  weight.uniform_(-bound, bound);
  if (weight.dim() == 4) {  // ATen's convolutions are faster so, and take it over to their outputs
    weight.set_data(weight.contiguous(at::MemoryFormat::ChannelsLast));
  }
  if (has_bias == Bias::kLearned) {
    bias = register_parameter("bias", at::empty({weight_shape[0]}));
    bias.uniform_(-bound, bound);
  }
}

void Layer::set_norm(std::shared_ptr<BatchNorm2d> batch_norm) {
  norm = register_module("norm", std::move(batch_norm));
}

void Layer::set_weight_quantizer(std::shared_ptr<quant::WeightQuantizer> quantizer) {
  weight_quantizer = register_module("weight_quantizer", std::move(quantizer));
}

ops::Signal Layer::forward(const std::vector<ops::Signal>& inputs, Pass pass) {
  const ops::Signal& input = inputs.front();
  if (!quant::quantizes(pass)) {
    return forward_float(ops::real_values(input), pass, input.shards);
  }
  if (norm && quant::uses_batch_statistics(pass)) {
    return forward_normalized(input);
  }
  return forward_codes(input, pass);
}

ops::Signal Layer::forward_float(const at::Tensor& x, Pass pass, const ops::ShardsPtr& shards) {
  const at::Tensor rounded = ops::round_activations(x, signals.activations);
  at::Tensor y = ops::round_gradients(signals.sums == quant::Sums::kFloat16
                                          ? ops::apply_half_sums(product(), rounded, weight, shards)
                                          : ops::apply(product(), rounded, weight, shards),
                                      signals.gradients);
  if (norm) {
    y = norm->forward({{.values = with_bias(y, bias, shards), .shards = shards}}, pass).values;
    y = pooled(activate(y, activation), pool);
  } else {  // a bias commutes with pooling, which leaves fewer values to add it to
    y = activate(with_bias(pooled(y, pool), bias, shards), activation);
  }
  if (quant::observes(pass)) {
    weight_quantizer->observe(folded_weight(), pass);
    output_quantizer->observe(ops::range_of(y, Granularity::kPerTensor), pass, shards);
  }
  return {.values = y, .shards = shards};
}

ops::Signal Layer::forward_codes(const ops::Signal& input, Pass pass) {
  const float input_scale = input.qparams->scale;
  const at::Tensor folded = folded_weight();
  if (quant::observes(pass)) {
    weight_quantizer->observe(folded, pass);
  }
  const WeightCodes codes = quantize(folded, input_scale);
  // The frozen network is the integer network's judge: it does not share its kernels.
  const at::Tensor acc = pooled(
      pass != Pass::kInteger && runs_on_integers(input, codes.levels)
          ? ops::to_tensor(
                ops::accumulate_integers(product(), input, codes.levels, ops::Reads::kOnce))
          : ops::accumulate(product(), input, codes.levels, accumulator_type(input, codes.levels)),
      pool);
  const at::Tensor biases = folded_bias();
  if (quant::observes(pass)) {
    const std::vector<float> offset = values(biases);
    output_quantizer->observe(output_range(ops::channel_range(acc),
                                           {units(input_scale, codes.scales, offset.size()),
                                            {offset.begin(), offset.end()}},
                                           activation),
                              pass, input.shards);
  }
  const QParams output = output_quantizer->qparams();
  return finished(
      ops::code_signal(
          ops::quantize_outputs(acc, biases, requantization(input_scale, codes.scales, output),
                                input.shards),
          output, input.shards),
      activation);
}

ops::Signal Layer::forward_normalized(const ops::Signal& input) {
  const float input_scale = input.qparams->scale;
  const std::vector<float> factor = values(norm->fold_factor());
  const at::Tensor folded = folded_weight();
  weight_quantizer->observe(folded, Pass::kQuantize);
  const WeightCodes codes = quantize(folded, input_scale);
  const ops::Accumulators acc = accumulators(input, codes.levels);

  const ops::ChannelStatistics batch = ops::channel_statistics(acc);
  const std::vector<double> unit = units(input_scale, codes.scales, factor.size());
  const std::vector<float> shift = bias.defined() ? values(bias) : std::vector<float>(unit.size());
  std::vector<double> ratio;  // to the convolution of the unscaled weights, whose ...
  std::vector<double> mean;
  std::vector<double> variance;
  for (size_t c = 0; c < unit.size(); ++c) {
    ratio.push_back(factor[c] == 0 ? 0 : unit[c] / factor[c]);  // no weights are left at 0
    mean.push_back(ratio[c] * batch.mean[c] + shift[c]);
    variance.push_back(ratio[c] * ratio[c] * batch.variance[c]);
  }
  norm->follow(mean, variance, batch.count);
  ops::Normalization constants = ops::choose_normalization(batch, ratio, BatchNorm2d::kEpsilon);
  const ops::ChannelAffine y = ops::to_affine(constants, values(norm->weight), values(norm->bias));
  output_quantizer->observe(output_range(batch.range, y, activation), Pass::kQuantize);
  constants.relu = activation != Activation::kNone;
  constants.output = output_quantizer->qparams();
  const ops::Signal out{.qparams = constants.output,
                        .codes = ops::normalize_outputs(acc, norm->weight, norm->bias, constants),
                        .shards = input.shards};
  return finished(pool == 1 ? out
                            : ops::code_signal(ops::max_pool(ops::code_values(out), pool),
                                               constants.output, input.shards),
                  activation);
}

at::Tensor Layer::folded_weight() const {
  if (!norm) {
    return weight;
  }
  return weight * ops::per_slice(norm->fold_factor(), weight);
}

at::Tensor Layer::unfolded(const at::Tensor& folded) const {
  if (!norm) {
    return folded;
  }
  const at::Tensor factor = ops::per_slice(norm->fold_factor(), folded);
  return at::where(factor == 0, weight, folded / factor);
}

at::Tensor Layer::folded_bias() const {
  if (!norm) {
    return bias.defined() ? bias : weight.new_zeros({weight.size(0)});
  }
  const at::Tensor centred = bias.defined() ? bias - norm->running_mean : -norm->running_mean;
  return norm->bias + norm->fold_factor() * centred;
}

WeightCodes Layer::weight_codes(float input_scale) const {
  return quantize(folded_weight(), input_scale);
}

std::vector<float> Layer::smallest_scales(const at::Tensor& /*folded*/, float input_scale) const {
  std::vector<float> least;
  for (const float b : values(folded_bias())) {
    least.push_back(smallest_weight_scale(b, input_scale));
  }
  return least;
}

WeightCodes Layer::quantize(const at::Tensor& folded, float input_scale) const {
  const std::vector<float> least = smallest_scales(folded, input_scale);
  std::vector<float> scales = weight_quantizer->scales();
  for (size_t c = 0; c < least.size(); ++c) {
    float& scale = scales[scales.size() == 1 ? 0 : c];
    scale = std::max(scale, quant::round_up_to(weight_quantizer->grid(), least[c]));
  }
  return {ops::quantize_weights(folded, scales, *weight_quantizer->scheme().codebook,
                                weight_quantizer->learned_scale()),
          scales};
}

Requantize Layer::requantization(float input_scale, const std::vector<float>& weight_scales,
                                 QParams output) const {
  Requantize result = choose_requantize(values(folded_bias()), input_scale, weight_scales, output);
  result.relu = activation != Activation::kNone;
  result.upper = upper_code(output, activation);
  return result;
}

double Layer::accumulator_bound(const at::Tensor& levels, int32_t input_zero_point) {
  const at::Tensor dense = levels.detach().contiguous(levels.suggest_memory_format());
  const int64_t channels = dense.size(0);
  const int64_t length = dense.numel() / channels;
  const auto* level = dense.const_data_ptr<float>();
  int64_t largest = 0;
  for (int64_t c = 0; c < channels; ++c) {
    int64_t sum = 0;
    for (int64_t i = 0; i < length; ++i) {
      sum += std::abs(static_cast<int32_t>(level[c * length + i]));
    }
    largest = std::max(largest, sum);
  }
  return static_cast<double>(largest) * std::max(input_zero_point, kMaxCode - input_zero_point);
}

at::ScalarType Layer::accumulator_type(const ops::Signal& input, const at::Tensor& levels) {
  const bool exact = accumulator_bound(levels, input.qparams->zero_point) < ops::kExactInFloat;
  return exact ? at::kFloat : at::kDouble;
}

bool Layer::runs_on_integers(const ops::Signal& input, const at::Tensor& levels) {
  return accumulator_type(input, levels) == at::kFloat;
}

ops::Accumulators Layer::accumulators(const ops::Signal& input, const at::Tensor& levels) const {
  if (runs_on_integers(input, levels)) {
    return ops::accumulate_integers(product(), input, levels, ops::Reads::kAgain);
  }
  const at::ScalarType type = accumulator_type(input, levels);
  return ops::accumulators_of(ops::accumulate(product(), input, levels, type).to(at::kFloat),
                              input.shards);
}

Conv2d::Conv2d(Options options, Bias has_bias) : options_(options) {
  make_parameters({options.out_channels, options.in_channels / options.groups,
                   options.kernel.height, options.kernel.width},
                  has_bias);
}

std::shared_ptr<Block> Conv2d::clone_empty() const {
  return std::make_shared<Conv2d>(options_, bias.defined() ? Bias::kLearned : Bias::kNone);
}

std::string Conv2d::kind() const {
  return options_.groups > 1 && options_.groups == options_.in_channels ? "depthwise" : "conv";
}

ops::Product Conv2d::product() const {
  return {.in_channels = options_.in_channels,
          .out_channels = options_.out_channels,
          .window = {.size = options_.kernel,
                     .stride = options_.stride,
                     .padding = options_.padding,
                     .dilation = options_.dilation},
          .groups = options_.groups};
}

ChannelAffine::ChannelAffine(std::shared_ptr<BatchNorm2d> batch_norm) {
  const int64_t channels = batch_norm->weight.size(0);
  weight = at::ones({channels, 1, 1, 1});
  set_norm(std::move(batch_norm));
}

std::shared_ptr<Block> ChannelAffine::clone_empty() const {
  return std::make_shared<ChannelAffine>(std::make_shared<BatchNorm2d>(weight.size(0)));
}

ops::Product ChannelAffine::product() const {
  const int64_t channels = weight.size(0);
  return {.in_channels = channels, .out_channels = channels, .window = {}, .groups = channels};
}

ops::Signal ChannelAffine::forward(const std::vector<ops::Signal>& inputs, Pass pass) {
  const auto as_images = [](const at::Tensor& x) { return x.unsqueeze(-1).unsqueeze(-1); };
  const ops::Signal& input = inputs.front();
  const bool is_flat = (input.qparams ? input.codes.bytes : input.values).dim() == 2;
  const ops::Signal output =
      Layer::forward({is_flat ? ops::of_either(input, as_images) : input}, pass);
  return is_flat ? ops::of_either(output, [](const at::Tensor& x) { return x.flatten(1); })
                 : output;
}

std::vector<float> ChannelAffine::smallest_scales(const at::Tensor& folded,
                                                  float input_scale) const {
  std::vector<float> least = Layer::smallest_scales(folded, input_scale);
  const std::vector<float> weights = values(folded.flatten());
  const auto largest = static_cast<float>(weight_scheme().codebook->max_level());
  for (size_t c = 0; c < least.size(); ++c) {
    least[c] = std::max(least[c], std::fabs(weights[c]) / largest);
  }
  return least;
}

quant::WeightScheme ChannelAffine::weight_scheme() {
  return {.codebook = &find_codebook("int8"), .granularity = Granularity::kPerChannel};
}

Linear::Linear(int64_t in_features, int64_t out_features) {
  make_parameters({out_features, in_features}, Bias::kLearned);
}

std::shared_ptr<Block> Linear::clone_empty() const {
  return std::make_shared<Linear>(weight.size(1), weight.size(0));
}

ops::Product Linear::product() const {
  return {.in_channels = weight.size(1), .out_channels = weight.size(0), .is_linear = true};
}

}  // namespace floatsd::nn
