#pragma once
// Quantizers: what fills the slots of a layer. Each owns an observer and answers with the qparams
// that follow from its range.

#include <memory>
#include <vector>

#include "floatsd/ops/codes.h"
#include "floatsd/quant/pass.h"
#include "floatsd/quant/scale_grid.h"
#include "floatsd/quant/scheme.h"
#include "ops/shards.h"
#include "quant/choose_qparams.h"
#include "quant/observer.h"

namespace floatsd::quant {

/// The slot of a layer's weights. Its range follows the weights as scheme and method say; or, where
/// the scheme's scale is learned, the scale is a parameter "scale", which moves with every step of
/// a quantized training, also if ranges stand, and rounds to the grid where it is used. Source:
/// Esser et al. 2020 (LSQ), but for uneven levels' factor (ops/fake_quantize.h) and for the start:
/// least squared error (quant/weight_range.h) serves levels of any spacing, 2 mean |w| /
/// sqrt(max_level) even ones. If a layer must raise the scale for its bias (Layer::weight_codes),
/// the parameter gets the gradient of the raised scale.
class WeightQuantizer : public ops::Module {
 public:
  /// `channels`: the weight's length along axis 0.
  WeightQuantizer(WeightScheme scheme, RangeMethod method, int64_t channels,
                  ScaleGrid grid = ScaleGrid::kAny);

  /// One of the same settings that has observed nothing.
  [[nodiscard]] std::shared_ptr<WeightQuantizer> clone_empty() const;

  [[nodiscard]] const WeightScheme& scheme() const { return scheme_; }
  [[nodiscard]] ScaleGrid grid() const { return grid_; }
  /// A learned scale is set anew as long as nothing is quantized by it; then only if it is not
  /// positive, as before the first call.
  void observe(const at::Tensor& weights, Pass pass = Pass::kObserve);
  /// One scale, or one for each channel; 1 if nothing was observed yet.
  [[nodiscard]] std::vector<float> scales() const;
  /// What trains: [1] or [channels]; undefined unless the scale is learned.
  [[nodiscard]] const at::Tensor& learned_scale() const { return scale_; }

 private:
  WeightScheme scheme_;
  RangeMethod method_;
  int64_t channels_;
  ScaleGrid grid_;
  std::shared_ptr<Observer> observer_;  ///< none if the scale is learned
  at::Tensor scale_;
};

/// The slot of a layer's output: 8-bit codes, one scale for the tensor. With
/// RangeMethod::kLearned both ends of the range are parameters, as the scale of weights is: a
/// moving average as long as nothing is quantized by them, then moved by gradients.
class OutputQuantizer : public ops::Module {
 public:
  explicit OutputQuantizer(RangeMethod method, ScaleGrid grid = ScaleGrid::kAny,
                           ActivationScheme scheme = ActivationScheme::kAffine);
  /// One of the same settings that has observed nothing.
  [[nodiscard]] std::shared_ptr<OutputQuantizer> clone_empty() const {
    return std::make_shared<OutputQuantizer>(method_, grid_, scheme_);
  }

  /// With shards `batch` is of this rank's images, and the range follows that of all ranks'.
  void observe(const ops::Range& batch, Pass pass = Pass::kObserve,
               const ops::ShardsPtr& shards = {});
  void set_range(const ops::Range& range) { observer_->set_range(range); }
  /// Scale 1 and zero point 0 if nothing was observed yet.
  [[nodiscard]] QParams qparams() const;
  [[nodiscard]] ScaleGrid grid() const { return grid_; }
  [[nodiscard]] bool has_range() const { return observer_->has_range(); }
  /// The same codes; if the range is learned, its gradient is taken on the way back
  /// (ops/learned_range.h).
  [[nodiscard]] ops::Codes learning_range(ops::Codes codes, const ops::ShardsPtr& shards) const;

 private:
  RangeMethod method_;
  ScaleGrid grid_;
  ActivationScheme scheme_;
  std::shared_ptr<Observer> observer_;
};

}  // namespace floatsd::quant
