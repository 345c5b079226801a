#pragma once
// Block: one named node of a network, and the value that flows from block to block.

#include <torch/nn/module.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "floatsd/core/qparams.h"
#include "floatsd/quant/codes.h"
#include "floatsd/quant/quantizer.h"

namespace floatsd::nn {

/// An activation [N, C, H, W] or [N, features]: reals, or codes with their qparams.
struct Signal {
  at::Tensor values;               ///< reals, float32; undefined where there are codes
  std::optional<QParams> qparams;  ///< of the codes
  quant::Codes codes;
};

/// Below this bound a float32 sum of integers is exact in every order.
inline constexpr double kExactInFloat = 0x1p24;

/// The signal as reals: its values, or codes less their zero point, times their scale.
at::Tensor real_values(const Signal& signal);
/// Its codes less their zero point, in float32. Requires codes.
at::Tensor code_values(const Signal& signal);
/// The signal of codes less their zero point (integers in float32).
Signal code_signal(const at::Tensor& values, QParams qparams);

/// A signal of the same kind, from what `work` makes of codes less their zero point, or of reals.
template <typename Work>
Signal of_either(const Signal& input, const Work& work) {
  return input.qparams ? code_signal(work(code_values(input)), *input.qparams)
                       : Signal{work(input.values), std::nullopt};
}

/// Reals rounded to the nearest codes, halves up, and clamped to them. Passes no gradient.
Signal quantized(const at::Tensor& reals, QParams qparams);

using quant::Pass;

/// A node's operator. One class serves float and quantized training: what it does with its slots
/// is told by the pass (quant/pass.h).
class Block : public torch::nn::Module {
 public:
  /// `inputs`: what the node's inputs gave, in order.
  virtual Signal forward(const std::vector<Signal>& inputs, Pass pass) = 0;

  /// Whether the integer network has this block without a quantizer of its own, because it only
  /// copies codes. False unless overridden.
  [[nodiscard]] virtual bool copies_codes() const { return false; }
};

/// What may be fused behind a layer or an addition.
enum class Activation {
  kNone,
  kRelu,
  kRelu6,  ///< min(max(0, x), 6)
};

/// The activation of reals.
at::Tensor activate(const at::Tensor& x, Activation activation);
/// What it leaves of a range: the interval of the activated values.
quant::Range activate(const quant::Range& range, Activation activation);
/// The first and the last code of those qparams that it leaves.
int32_t lower_code(QParams qparams, Activation activation);
int32_t upper_code(QParams qparams, Activation activation);

/// A block whose output is quantized: it has a slot for its quantizer.
class QuantizedBlock : public Block {
 public:
  void set_output_quantizer(std::shared_ptr<quant::OutputQuantizer> quantizer) {
    output_quantizer = register_module("output_quantizer", std::move(quantizer));
  }

  /// "conv", "depthwise", "linear", "norm", "add", "concat" or "average-pool", as rules name it
  /// (quant/rules.h).
  [[nodiscard]] virtual std::string kind() const = 0;

  std::shared_ptr<quant::OutputQuantizer> output_quantizer;  ///< empty in a float network

 protected:
  /// The block's output codes, as a quantizer that learns its range wants them, and brought down to
  /// the last code of its activation.
  [[nodiscard]] Signal finished(Signal output, Activation activation = Activation::kNone) const;
};

/// An activation that is part of no other block; most are fused into the one before (qat/fuse.h).
class ActivationBlock : public Block {
 public:
  explicit ActivationBlock(Activation activation) : activation_(activation) {}
  Signal forward(const std::vector<Signal>& inputs, Pass pass) override;
  [[nodiscard]] bool copies_codes() const override { return true; }
  [[nodiscard]] Activation activation() const { return activation_; }

 private:
  Activation activation_;
};

}  // namespace floatsd::nn
