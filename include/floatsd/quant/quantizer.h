#pragma once
// Quantizers: what fills the slots of a layer. Each owns an observer and answers with the qparams
// that follow from its range.

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "floatsd/quant/observer.h"
#include "floatsd/quant/scale_grid.h"
#include "floatsd/quant/scheme.h"

namespace floatsd::quant {

/// What a prepared network does in its forward pass. Observing and quantizing are independent, as
/// in PyTorch; these are the combinations that a training or a calibration passes through.
enum class Mode {
  kFloat,     ///< as if the slots were empty
  kObserve,   ///< float values, ranges follow
  kQuantize,  ///< codes, ranges follow: each batch is quantized by the range that it has moved
  kFrozen,    ///< codes, ranges stand: exactly the integer network
};

constexpr bool observes(Mode mode) { return mode == Mode::kObserve || mode == Mode::kQuantize; }
constexpr bool quantizes(Mode mode) { return mode == Mode::kQuantize || mode == Mode::kFrozen; }

/// The slot of a layer's weights.
class WeightQuantizer : public torch::nn::Module {
 public:
  /// `channels`: the weight's length along axis 0.
  WeightQuantizer(WeightScheme scheme, RangeMethod method, int64_t channels,
                  ScaleGrid grid = ScaleGrid::kAny);

  [[nodiscard]] const WeightScheme& scheme() const { return scheme_; }
  [[nodiscard]] ScaleGrid grid() const { return grid_; }
  void observe(const at::Tensor& weights);
  /// One scale, or one for each channel; 1 where nothing was observed yet.
  [[nodiscard]] std::vector<float> scales() const;

 private:
  WeightScheme scheme_;
  ScaleGrid grid_;
  std::shared_ptr<Observer> observer_;
};

/// The slot of a layer's output: affine 8-bit codes, one scale for the tensor.
class OutputQuantizer : public torch::nn::Module {
 public:
  explicit OutputQuantizer(RangeMethod method, ScaleGrid grid = ScaleGrid::kAny);

  void observe(const Range& batch) { observer_->observe(batch); }
  void set_range(const Range& range) { observer_->set_range(range); }
  /// Scale 1 and zero point 0 where nothing was observed yet.
  [[nodiscard]] QParams qparams() const;
  [[nodiscard]] ScaleGrid grid() const { return grid_; }
  [[nodiscard]] bool has_range() const { return observer_->has_range(); }

 private:
  ScaleGrid grid_;
  std::shared_ptr<Observer> observer_;
};

}  // namespace floatsd::quant
