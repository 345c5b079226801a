#pragma once
// Block: one named node of a network.

#include <memory>
#include <string>
#include <vector>

#include "floatsd/core/qparams.h"
#include "floatsd/nn/activation.h"
#include "floatsd/ops/signal.h"
#include "floatsd/quant/pass.h"
#include "ops/module.h"

namespace floatsd::ops {
struct Range;
}

namespace floatsd::quant {
class OutputQuantizer;
}

namespace floatsd::nn {

using quant::Pass;

/// A node's operator. One class serves float and quantized training: what it does with its slots
/// is told by the pass (quant/pass.h).
class Block : public ops::Module {
 public:
  /// `inputs`: what the node's inputs gave, in order.
  virtual ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) = 0;

  /// A block of the same kind and options, with parameters of its own that are drawn anew and empty
  /// quantizer slots.
  [[nodiscard]] virtual std::shared_ptr<Block> clone_empty() const = 0;

  /// Whether the integer network has this block without a quantizer of its own, because it only
  /// copies codes. False unless overridden.
  [[nodiscard]] virtual bool copies_codes() const { return false; }
};

/// The activation of reals.
at::Tensor activate(const at::Tensor& x, Activation activation);
/// What it leaves of a range: the interval of the activated values.
ops::Range activate(const ops::Range& range, Activation activation);
/// The first and the last code of those qparams that it leaves.
int32_t lower_code(QParams qparams, Activation activation);
int32_t upper_code(QParams qparams, Activation activation);

/// A block whose output is quantized: it has a slot for its quantizer.
class QuantizedBlock : public Block {
 public:
  void set_output_quantizer(std::shared_ptr<quant::OutputQuantizer> quantizer);

  /// "conv", "depthwise", "linear", "norm", "add", "concat" or "average-pool", as rules name it
  /// (quant/rules.h).
  [[nodiscard]] virtual std::string kind() const = 0;

  std::shared_ptr<quant::OutputQuantizer> output_quantizer;  ///< empty in a float network

 protected:
  /// The block's output codes, as a quantizer that learns its range wants them, and brought down to
  /// the last code of its activation.
  [[nodiscard]] ops::Signal finished(ops::Signal output,
                                     Activation activation = Activation::kNone) const;
};

/// An activation that is part of no other block; most are fused into the one before
/// (passes/fuse.h).
class ActivationBlock : public Block {
 public:
  explicit ActivationBlock(Activation activation) : activation_(activation) {}
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override {
    return std::make_shared<ActivationBlock>(activation_);
  }
  [[nodiscard]] bool copies_codes() const override { return true; }
  [[nodiscard]] Activation activation() const { return activation_; }

 private:
  Activation activation_;
};

}  // namespace floatsd::nn
