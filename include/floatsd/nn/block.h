#pragma once
// Block: one named node of a network, and the value that flows from block to block.

#include <torch/nn/module.h>

#include <optional>
#include <string>

#include "floatsd/core/qparams.h"
#include "floatsd/quant/quantizer.h"

namespace floatsd::nn {

/// An activation [N, C, H, W] or [N, features]. With qparams, `values` holds codes less their zero
/// point (so padding with 0 is right) and the real value is values * scale; without, reals.
struct Signal {
  at::Tensor values;
  std::optional<QParams> qparams;
};

/// signal.values as reals.
at::Tensor real_values(const Signal& signal);

/// A node's operator. One class serves float and quantized training: what it does with its slots
/// is told by the mode.
class Block : public torch::nn::Module {
 public:
  virtual Signal forward(const Signal& input, quant::Mode mode) = 0;
};

/// max(0, x). A network that is quantized has it fused into the layer before (qat/fuse).
class Relu : public Block {
 public:
  Signal forward(const Signal& input, quant::Mode mode) override;
};

/// The maximum over window x window values, stride = window; a remainder at the border is dropped.
class MaxPool2d : public Block {
 public:
  explicit MaxPool2d(int window) : window_(window) {}
  Signal forward(const Signal& input, quant::Mode mode) override;
  [[nodiscard]] int window() const { return window_; }

 private:
  int window_;
};

}  // namespace floatsd::nn
