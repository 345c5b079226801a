#pragma once
// Blocks that join values: the residual addition, and the average over an image.

#include <array>
#include <string>
#include <vector>

#include "floatsd/core/requantize.h"
#include "floatsd/nn/block.h"

namespace floatsd::nn {

/// y = activation(a + b), two inputs of one shape. On codes: both are brought to the output's scale
/// by fixed-point multipliers and rounded once (docs/numerics.md).
class Add : public QuantizedBlock {
 public:
  Signal forward(const std::vector<Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::string kind() const override { return "add"; }

  /// The numbers of the integer addition for inputs of those scales.
  [[nodiscard]] AddRequantize requantization(std::array<float, 2> input_scales) const;

  Activation activation = Activation::kNone;  ///< set by fuse
};

/// The mean of each channel: [N, C, H, W] -> [N, C]. On codes: their sum, requantized.
class GlobalAveragePool : public QuantizedBlock {
 public:
  Signal forward(const std::vector<Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::string kind() const override { return "average-pool"; }

  /// The multiplier of the integer mean over `pixels` codes of that scale.
  [[nodiscard]] FixedPoint multiplier(float input_scale, int64_t pixels) const;
};

}  // namespace floatsd::nn
