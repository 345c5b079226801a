#include "nn/batch_norm.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "ops/batch_norm.h"
#include "ops/shards.h"

namespace floatsd::nn {

BatchNorm2d::BatchNorm2d(int64_t channels) {
  weight = register_parameter("weight", at::ones({channels}));
  bias = register_parameter("bias", at::zeros({channels}));
  running_mean = register_buffer("running_mean", at::zeros({channels}));
  running_var = register_buffer("running_var", at::ones({channels}));
}

ops::Signal BatchNorm2d::forward(const std::vector<ops::Signal>& inputs, Pass pass) {
  const bool by_batch = quant::uses_batch_statistics(pass);
  const ops::ShardsPtr& shards = inputs.front().shards;
  const at::Tensor x = ops::real_values(inputs.front());
  const bool has_one_value = x.numel() == weight.numel();  // at::batch_norm divides by n - 1
  if (by_batch && (shards || has_one_value)) {
    const ops::BatchNormalized batch = ops::batch_normalize(x, weight, bias, kEpsilon, shards);
    follow(batch.mean, batch.variance, batch.count);
    return {.values = batch.y, .shards = shards};
  }
  return {.values = at::batch_norm(x, weight, bias, running_mean, running_var, by_batch, kMomentum,
                                   kEpsilon, /*cudnn_enabled=*/true),
          .shards = shards};
}

at::Tensor BatchNorm2d::fold_factor() const { return weight * at::rsqrt(running_var + kEpsilon); }

void BatchNorm2d::follow(const std::vector<double>& mean, const std::vector<double>& variance,
                         int64_t count) {
  const double unbiased =
      static_cast<double>(count) / static_cast<double>(std::max<int64_t>(1, count - 1));
  auto* running = running_mean.mutable_data_ptr<float>();
  auto* running_spread = running_var.mutable_data_ptr<float>();
  for (size_t c = 0; c < mean.size(); ++c) {
    const double m = running[c];
    const double v = running_spread[c];
    running[c] = static_cast<float>(m + kMomentum * (mean[c] - m));
    running_spread[c] = static_cast<float>(v + kMomentum * (variance[c] * unbiased - v));
  }
}

}  // namespace floatsd::nn
