#pragma once
// Layer: a block with weights (convolution, linear) and what may be fused behind it: batch norm,
// activation, max pooling, and the quantizer slots of its weights and its output.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "floatsd/core/requantize.h"
#include "floatsd/core/window.h"
#include "floatsd/quant/scheme.h"
#include "floatsd/quant/signal_formats.h"
#include "nn/block.h"

namespace floatsd::ops {
struct Accumulators;
struct Product;
}  // namespace floatsd::ops

namespace floatsd::quant {
class WeightQuantizer;
}

namespace floatsd::nn {

class BatchNorm2d;

/// Whether a layer adds a bias of its own; before a batch norm it has none.
enum class Bias { kNone, kLearned };

/// A layer's weights as it computes with them.
struct WeightCodes {
  at::Tensor levels;          ///< the weight's shape, integers in float32; carries the gradient
  std::vector<float> scales;  ///< one, or O
};

/// y = max_pool?(activation(norm?(op(x, weight) + bias))), op a convolution or a product.
///
/// With filled slots and a quantizing pass the input must carry qparams, and everything is done on
/// integers: acc = op(codes, levels), pooled, then requantized to output codes
/// (docs/numerics.md). The scales of input, weights and output enter only through
/// requantization(). A batch norm is folded into weight and bias; while batch statistics normalize,
/// the accumulators are normalized by them instead (ops/normalize.h).
class Layer : public QuantizedBlock {
 public:
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;

  /// Whether its weights are parameters.
  [[nodiscard]] virtual bool trains_weights() const { return true; }

  /// The layer's convolution or product, without its weights.
  [[nodiscard]] virtual ops::Product product() const = 0;

  /// weight * norm.fold_factor() (weight without a norm): what is quantized. [O, ...]
  [[nodiscard]] at::Tensor folded_weight() const;
  /// The weight whose folded_weight() is `folded`; as it is if a norm multiplies it by 0.
  [[nodiscard]] at::Tensor unfolded(const at::Tensor& folded) const;
  /// norm.bias + norm.fold_factor() * (bias - norm.running_mean) (bias without a norm); a bias that
  /// the layer has not is 0. [O]
  [[nodiscard]] at::Tensor folded_bias() const;

  /// The folded weights quantized with the observed scales, raised if the bias needs it
  /// (smallest_weight_scale). Requires filled slots.
  [[nodiscard]] WeightCodes weight_codes(float input_scale) const;

  /// Bias and multipliers for weights of those scales; see choose_requantize.
  [[nodiscard]] Requantize requantization(float input_scale,
                                          const std::vector<float>& weight_scales,
                                          QParams output) const;

  /// The largest |acc| for `levels` after an input with that zero point: the maximum over output
  /// channels of sum |level|, times max(zero_point, 255 - zero_point).
  static double accumulator_bound(const at::Tensor& levels, int32_t input_zero_point);

  /// Fills the slot of a batch norm over the output channels.
  void set_norm(std::shared_ptr<BatchNorm2d> batch_norm);
  void set_weight_quantizer(std::shared_ptr<quant::WeightQuantizer> quantizer);

  at::Tensor weight;                          ///< [O, ...]
  at::Tensor bias;                            ///< [O], undefined with Bias::kNone
  std::shared_ptr<BatchNorm2d> norm;          ///< empty, or set by fuse
  Activation activation = Activation::kNone;  ///< set by fuse
  int pool = 1;  ///< window of the fused max pooling, 1: none; set by fuse
  std::shared_ptr<quant::WeightQuantizer> weight_quantizer;  ///< empty in a float network
  quant::SignalFormats signals;                              ///< of op in a float network

 protected:
  /// The smallest scale that each output channel's weights may have, so that its bias fits
  /// (smallest_weight_scale).
  [[nodiscard]] virtual std::vector<float> smallest_scales(const at::Tensor& folded,
                                                           float input_scale) const;

  /// Registers weight and bias; both uniform in ±1 / sqrt(fan_in), PyTorch's default.
  void make_parameters(const std::vector<int64_t>& weight_shape, Bias bias);

 private:
  ops::Signal forward_float(const at::Tensor& x, Pass pass,
                            const std::shared_ptr<const ops::Shards>& shards);
  ops::Signal forward_codes(const ops::Signal& input, Pass pass);
  ops::Signal forward_normalized(const ops::Signal& input);
  [[nodiscard]] WeightCodes quantize(const at::Tensor& folded, float input_scale) const;
  static at::ScalarType accumulator_type(const ops::Signal& input, const at::Tensor& levels);
  static bool runs_on_integers(const ops::Signal& input, const at::Tensor& levels);
  [[nodiscard]] ops::Accumulators accumulators(const ops::Signal& input,
                                               const at::Tensor& levels) const;
};

/// [N, I, H, W] -> [N, O, H', W'].
class Conv2d : public Layer {
 public:
  struct Options {
    int64_t in_channels = 1, out_channels = 1;
    Extent kernel, stride;
    Padding padding;
    Extent dilation;
    int groups = 1;
  };
  explicit Conv2d(Options options, Bias has_bias = Bias::kLearned);
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override;
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] ops::Product product() const override;

 private:
  Options options_;
};

/// A batch norm that no layer before it could take: each channel of [N, C, H, W] or [N, C] times a
/// weight of 1, normalized. In integers a depthwise 1x1 convolution whose weights, one a channel,
/// are exact in the format of weight_scheme().
class ChannelAffine : public Layer {
 public:
  explicit ChannelAffine(std::shared_ptr<BatchNorm2d> batch_norm);
  ops::Signal forward(const std::vector<ops::Signal>& inputs, Pass pass) override;
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override;
  [[nodiscard]] std::string kind() const override { return "norm"; }
  [[nodiscard]] bool trains_weights() const override { return false; }
  [[nodiscard]] ops::Product product() const override;

  /// INT8 per channel, whatever the rules say: one weight a channel is its scale's largest level.
  [[nodiscard]] static quant::WeightScheme weight_scheme();

 protected:
  /// Also so that no weight is beyond the largest level.
  [[nodiscard]] std::vector<float> smallest_scales(const at::Tensor& folded,
                                                   float input_scale) const override;
};

/// [N, ...] -> [N, out_features]; the input is flattened in C, H, W order.
class Linear : public Layer {
 public:
  Linear(int64_t in_features, int64_t out_features);
  [[nodiscard]] std::shared_ptr<Block> clone_empty() const override;
  [[nodiscard]] std::string kind() const override { return "linear"; }
  [[nodiscard]] ops::Product product() const override;
};

}  // namespace floatsd::nn
