#include "nn/pool.h"

#include <ATen/ATen.h>

#include <limits>

#include "floatsd/core/requantize.h"
#include "ops/fake_quantize.h"
#include "ops/max_pool.h"
#include "ops/range.h"
#include "ops/shards.h"
#include "quant/quantizer.h"

namespace floatsd::nn {
namespace {

constexpr int kLargestTile = 15;  // ops/max_pool.h

std::vector<int64_t> pair(const Extent& extent) { return {extent.height, extent.width}; }

/// x with `value` around it, so far that every window lies inside.
at::Tensor padded(const at::Tensor& x, const Window& window, double value) {
  const auto behind = [](int64_t count, int64_t stride, int64_t extent, int64_t before) {
    return (count - 1) * stride + extent - before;
  };
  const int64_t bottom = behind(window.rows(x.size(2)), window.stride.height, window.height(),
                                window.padding.top + x.size(2));
  const int64_t right = behind(window.columns(x.size(3)), window.stride.width, window.width(),
                               window.padding.left + x.size(3));
  return at::constant_pad_nd(x, {window.padding.left, right, window.padding.top, bottom}, value);
}

/// The sums of all windows.
at::Tensor window_sums(const at::Tensor& x, const Window& window) {
  return at::avg_pool2d(padded(x, window, 0), pair(window.size), pair(window.stride),
                        /*padding=*/{0, 0}, /*ceil_mode=*/false, /*count_include_pad=*/true,
                        /*divisor_override=*/1);
}

/// Whether float32 holds every sum of `count` codes.
at::ScalarType sum_type(int64_t count) {
  return static_cast<double>(count * (kMaxCode - kMinCode)) < ops::kExactInFloat ? at::kFloat
                                                                                 : at::kDouble;
}

void observe(QuantizedBlock& pool, const at::Tensor& reals, Pass pass,
             const ops::ShardsPtr& shards) {
  if (quant::observes(pass)) {
    pool.output_quantizer->observe(ops::range_of(reals.to(at::kFloat), Granularity::kPerTensor),
                                   pass, shards);
  }
}

/// Sums [N, C, ...] of codes as codes less their zero point, by one multiplier for each index of
/// axis 1.
at::Tensor requantized(const at::Tensor& sums, std::vector<FixedPoint> multipliers,
                       QParams output) {
  const Requantize requantize{.bias = std::vector<int32_t>(multipliers.size(), 0),
                              .multipliers = std::move(multipliers),
                              .output = output};
  const at::Tensor no_bias = at::zeros({sums.size(1)}, sums.options().dtype(at::kFloat));
  return ops::quantize_outputs(sums, no_bias, requantize);
}

}  // namespace

int tiling_side(const Window& window) {
  const int side = window.size.height;
  const Window tiles{.size = side, .stride = side};
  return window == tiles && side <= kLargestTile ? side : 0;
}

ops::Signal MaxPool2d::forward(const std::vector<ops::Signal>& inputs, Pass /*pass*/) {
  return ops::of_either(inputs.front(), [this](const at::Tensor& x) {
    if (const int side = tiling_side(window_)) {
      return ops::max_pool(x, side);
    }
    constexpr double kBelowAll = -std::numeric_limits<double>::infinity();
    return at::max_pool2d(padded(x, window_, kBelowAll), pair(window_.size), pair(window_.stride),
                          /*padding=*/{0, 0}, pair(window_.dilation));
  });
}

FixedPoint AveragePool2d::multiplier(float input_scale, int64_t count) const {
  return average_multiplier(input_scale, count, output_quantizer->qparams().scale);
}

ops::Signal AveragePool2d::forward(const std::vector<ops::Signal>& inputs, Pass pass) {
  const ops::Signal& input = inputs.front();
  const bool on_codes = quant::quantizes(pass);
  const at::Tensor x = on_codes ? ops::code_values(input) : ops::real_values(input);
  const std::vector<int64_t> counts =
      count_pooled(window_, {x.size(1), x.size(2), x.size(3)}, padding_counts_).by_pixel();
  const int64_t most = int64_t{window_.size.height} * window_.size.width;
  const at::Tensor sums = window_sums(on_codes ? x.to(sum_type(most)) : x, window_);
  const at::Tensor means = sums / at::tensor(counts, sums.options()).view({sums.size(2), -1});
  observe(*this, on_codes ? means.detach() * input.qparams->scale : means, pass, input.shards);
  if (!on_codes) {
    return {.values = means, .shards = input.shards};
  }
  std::vector<FixedPoint> multipliers;
  for (const int64_t count : counts) {
    multipliers.push_back(multiplier(input.qparams->scale, count));
  }
  // Each position has its own multiplier: positions are the channels of the requantization.
  const at::Tensor by_position = sums.contiguous().view({-1, std::ssize(counts)});
  const QParams output = output_quantizer->qparams();
  const at::Tensor codes = requantized(by_position, std::move(multipliers), output);
  return finished(ops::code_signal(
      codes.view(sums.sizes()).contiguous(at::MemoryFormat::ChannelsLast), output, input.shards));
}

FixedPoint GlobalAveragePool::multiplier(float input_scale, int64_t pixels) const {
  return average_multiplier(input_scale, pixels, output_quantizer->qparams().scale);
}

ops::Signal GlobalAveragePool::forward(const std::vector<ops::Signal>& inputs, Pass pass) {
  const ops::Signal& input = inputs.front();
  if (!quant::quantizes(pass)) {
    const at::Tensor mean = ops::real_values(input).mean({2, 3});
    observe(*this, mean, pass, input.shards);
    return {.values = mean, .shards = input.shards};
  }
  const at::Tensor x = ops::code_values(input);
  const int64_t pixels = x.size(2) * x.size(3);
  const at::Tensor sum = x.sum({2, 3}, /*keepdim=*/false, sum_type(pixels));
  const double unit = double{input.qparams->scale} / static_cast<double>(pixels);
  observe(*this, (sum.detach() * unit).to(at::kFloat), pass, input.shards);
  const QParams output = output_quantizer->qparams();
  std::vector<FixedPoint> multipliers(static_cast<size_t>(x.size(1)),
                                      multiplier(input.qparams->scale, pixels));
  return finished(
      ops::code_signal(requantized(sum, std::move(multipliers), output), output, input.shards));
}

}  // namespace floatsd::nn
