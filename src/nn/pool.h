#pragma once
// Pools as blocks: the maximum and the mean over windows, the mean over an image.

#include "floatsd/core/fixed_point.h"
#include "floatsd/core/pool_counts.h"
#include "floatsd/core/window.h"
#include "nn/block.h"

namespace floatsd::nn {

/// The maximum over windows: [N, C, H, W] -> [N, C, H', W']; padding does not count.
class MaxPool2d : public Block {
 public:
  explicit MaxPool2d(Window window) : window_(window) {}
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<MaxPool2d>(window_);
  }
  [[nodiscard]] bool copies_codes() const override { return true; }
  [[nodiscard]] const Window& window() const { return window_; }

 private:
  Window window_;
};

/// The side of a window that is square, tiles the image and has no padding, and is small enough for
/// ops/max_pool.h; 0 of any other.
int tiling_side(const Window& window);

/// The mean over windows: [N, C, H, W] -> [N, C, H', W']. On codes: their sum, requantized by the
/// multiplier of as many values.
class AveragePool2d : public QuantizedBlock {
 public:
  AveragePool2d(Window window, PaddingCounts padding_counts)
      : window_(window), padding_counts_(padding_counts) {}
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<AveragePool2d>(window_, padding_counts_);
  }
  [[nodiscard]] std::string kind() const override { return "average-pool"; }
  [[nodiscard]] const Window& window() const { return window_; }
  [[nodiscard]] PaddingCounts padding_counts() const { return padding_counts_; }

  /// The multiplier of the integer mean over `count` codes of that scale.
  [[nodiscard]] FixedPoint multiplier(float input_scale, int64_t count) const;

 private:
  Window window_;
  PaddingCounts padding_counts_;
};

/// The mean of each channel: [N, C, H, W] -> [N, C]. On codes: their sum, requantized.
class GlobalAveragePool : public QuantizedBlock {
 public:
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<GlobalAveragePool>();
  }
  [[nodiscard]] std::string kind() const override { return "average-pool"; }

  /// The multiplier of the integer mean over `pixels` codes of that scale.
  [[nodiscard]] FixedPoint multiplier(float input_scale, int64_t pixels) const;
};

}  // namespace floatsd::nn
