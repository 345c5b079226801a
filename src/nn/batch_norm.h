#pragma once
// Batch norm, as a node of a float network and as the slot of a layer that it was fused into.

#include "nn/block.h"

namespace floatsd::nn {

/// y = weight * (x - mean) / sqrt(variance + epsilon) + bias for each channel of [N, C, H, W], with
/// the batch's mean and (biased) variance, or the running ones, which follow as
/// m + 0.1 (batch - m) with the unbiased variance. Source: Ioffe and Szegedy 2015, with PyTorch's
/// constants.
class BatchNorm2d : public Block {
 public:
  static constexpr double kEpsilon = 1e-5;
  static constexpr double kMomentum = 0.1;

  explicit BatchNorm2d(int64_t channels);

  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<BatchNorm2d>(weight.size(0));
  }
  /// Of reals.
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;

  /// weight / sqrt(running_var + epsilon), [C]: what folding multiplies a layer's weights by.
  [[nodiscard]] at::Tensor fold_factor() const;

  /// Lets the running statistics follow a batch of `count` values a channel; `variance` is biased.
  void follow(const std::vector<double>& mean, const std::vector<double>& variance, int64_t count);

  at::Tensor weight;        ///< [C], gamma
  at::Tensor bias;          ///< [C], beta
  at::Tensor running_mean;  ///< [C]
  at::Tensor running_var;   ///< [C]
};

}  // namespace floatsd::nn
