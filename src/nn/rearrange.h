#pragma once
// Blocks that only move values.

#include "floatsd/core/axes_order.h"
#include "nn/block.h"

namespace floatsd::nn {

/// The parameter-free shortcut of ResNet-20 (He et al. 2015, option A): every `stride`-th pixel in
/// both directions, and channels of zeros before and behind.
class Downsample : public Block {
 public:
  struct Options {
    int stride = 1, channels_before = 0, channels_after = 0;
  };
  explicit Downsample(Options options) : options_(options) {}
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<Downsample>(options_);
  }
  [[nodiscard]] bool copies_codes() const override { return true; }
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  Options options_;
};

/// [N, C, H, W] or [N, features] -> [N, features], in that order of axes.
class Flatten : public Block {
 public:
  explicit Flatten(AxesOrder order) : order_(order) {}
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<Flatten>(order_);
  }
  [[nodiscard]] bool copies_codes() const override { return true; }
  [[nodiscard]] AxesOrder order() const { return order_; }

 private:
  AxesOrder order_;
};

}  // namespace floatsd::nn
