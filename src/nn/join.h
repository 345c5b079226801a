#pragma once
// Blocks that join values: the residual addition and the concatenation.

#include <array>
#include <string>
#include <vector>

#include "floatsd/core/requantize.h"
#include "nn/block.h"

namespace floatsd::nn {

/// y = activation(a + b), two inputs of one shape. On codes: both are brought to the output's scale
/// by fixed-point multipliers and rounded once (docs/numerics.md).
class Add : public QuantizedBlock {
 public:
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override;
  [[nodiscard]] std::string kind() const override { return "add"; }

  /// The numbers of the integer addition for inputs of those scales.
  [[nodiscard]] AddRequantize requantization(std::array<float, 2> input_scales) const;

  Activation activation = Activation::kNone;  ///< set by fuse
};

/// The channels of all inputs, one input behind the other. On codes: each is brought to the
/// output's scale by a fixed-point multiplier and rounded; an input of the output's scale and zero
/// point keeps its codes.
class Concat : public QuantizedBlock {
 public:
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<Concat>();
  }
  [[nodiscard]] std::string kind() const override { return "concat"; }

  /// The multiplier of an input of that scale.
  [[nodiscard]] FixedPoint multiplier(float input_scale) const;
};

}  // namespace floatsd::nn
