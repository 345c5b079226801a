#pragma once
// Layer: a block with weights (convolution, linear) and what may be fused behind it: max pooling,
// ReLU, and the quantizer slots of its weights and its output.

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "floatsd/core/requantize.h"
#include "floatsd/nn/block.h"
#include "floatsd/quant/quantizer.h"

namespace floatsd::nn {

/// A layer's weights as it computes with them.
struct WeightCodes {
  at::Tensor levels;          ///< the weight's shape, integers in float32; carries the gradient
  std::vector<float> scales;  ///< one, or O
};

/// y = relu?(max_pool?(op(x, weight) + bias)), op a convolution or a product.
///
/// With filled slots and a quantizing mode the input must carry qparams, and everything is done on
/// integers: acc = op(codes, levels), pooled, then requantized to output codes
/// (docs/numerics.md). The scales of input, weights and output enter only through
/// requantization().
class Layer : public Block {
 public:
  Signal forward(const Signal& input, quant::Mode mode) override;

  /// "conv", "depthwise" or "linear", as qconfig rules name it.
  [[nodiscard]] virtual std::string kind() const = 0;

  /// The weights quantized with the observed scales, raised where the bias needs it
  /// (smallest_weight_scale). Requires filled slots.
  [[nodiscard]] WeightCodes weight_codes(float input_scale) const;

  /// Bias and multipliers for weights of those scales; see choose_requantize.
  [[nodiscard]] Requantize requantization(float input_scale,
                                          const std::vector<float>& weight_scales,
                                          QParams output) const;

  /// The largest |acc| for `levels` after an input with that zero point: the maximum over output
  /// channels of sum |level|, times max(zero_point, 255 - zero_point).
  static double accumulator_bound(const at::Tensor& levels, int32_t input_zero_point);

  at::Tensor weight;  ///< [O, ...]
  at::Tensor bias;    ///< [O]
  bool relu = false;  ///< set by fuse
  int pool = 1;       ///< window of the fused max pooling, 1: none; set by fuse
  std::shared_ptr<quant::WeightQuantizer> weight_quantizer;  ///< empty in a float network
  std::shared_ptr<quant::OutputQuantizer> output_quantizer;  ///< empty in a float network

  /// Fills both slots.
  void set_quantizers(std::shared_ptr<quant::WeightQuantizer> weights,
                      std::shared_ptr<quant::OutputQuantizer> output);

 protected:
  /// Registers weight and bias; both uniform in ±1 / sqrt(fan_in), PyTorch's default.
  void make_parameters(const std::vector<int64_t>& weight_shape);

  /// op(x, w) without bias.
  [[nodiscard]] virtual at::Tensor apply(const at::Tensor& x, const at::Tensor& w) const = 0;

 private:
  Signal forward_float(const at::Tensor& x, quant::Mode mode);
  Signal forward_codes(const Signal& input, quant::Mode mode);
  [[nodiscard]] at::Tensor accumulate(const Signal& input, const at::Tensor& levels) const;
};

/// [N, I, H, W] -> [N, O, H', W'].
class Conv2d : public Layer {
 public:
  struct Options {
    int64_t in_channels = 1, out_channels = 1;
    int kernel = 1, stride = 1, padding = 0, groups = 1;
  };
  explicit Conv2d(Options options);
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] const Options& options() const { return options_; }

 protected:
  [[nodiscard]] at::Tensor apply(const at::Tensor& x, const at::Tensor& w) const override;

 private:
  Options options_;
};

/// [N, ...] -> [N, out_features]; the input is flattened in C, H, W order.
class Linear : public Layer {
 public:
  Linear(int64_t in_features, int64_t out_features);
  [[nodiscard]] std::string kind() const override { return "linear"; }

 protected:
  [[nodiscard]] at::Tensor apply(const at::Tensor& x, const at::Tensor& w) const override;
};

}  // namespace floatsd::nn
