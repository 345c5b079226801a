#pragma once
// MasterCopy: the FloatSD trainer without digit groups. The optimizer keeps the weights as floats,
// and the network computes with their rounding to a weight format at a power-of-two scale.

#include <ATen/core/Tensor.h>

#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/core/digit_groups.h"
#include "floatsd/train/optimizer.h"
#include "floatsd/train/update_options.h"
#include "train/sgd.h"

namespace floatsd::train {

/// A scale for the loss that gradients in 8 bits keep up with: halved where one overflows, doubled
/// after 1000 steps in a row without.
struct LossScale {
  static constexpr double kFirst = 0x1p15, kLargest = 0x1p31;
  static constexpr int64_t kCleanSteps = 1000;

  double scale = kFirst;
  int64_t clean_steps = 0;

  /// After a step whose gradients were finite, or not.
  void follow(bool finite);
};

class MasterCopy : public Optimizer {
 public:
  /// Parameters of 2 or more dimensions are rounded; the others (biases, norms) stay floats. Starts
  /// from the parameters' values, and writes the rounded ones there.
  MasterCopy(const std::vector<at::Tensor>& parameters, SgdOptions sgd, const DigitForm& digits,
             MasterPrecision precision);

  [[nodiscard]] double loss_scale() const override { return loss_scale_.scale; }

  /// Weights' gradients are rounded to FP8 1-5-2; if one is not finite the step is skipped. Sgd
  /// moves the master copies; those of weights are rounded to the precision. The network's weights
  /// are then the levels nearest to w / s times s, with b = round(log2(max |w|)) of the tensor:
  ///
  ///     floatsd4: floatsd4-arithmetic, s = 2^(b - 6)     floatsd8: floatsd8-e3g32, s = 2^(b - 8)
  ///
  /// Throws Diverged if the loss scale has fallen below 2^-24.
  void step(double rate) override;

  [[nodiscard]] serialize::Value state() const override;
  void load_state(const serialize::Field& state) override;

 private:
  /// Their gradients are moved over from the parameters; false if one is not finite.
  bool take_gradients();
  void write_weights();

  MasterPrecision precision_;
  const Codebook& codebook_;
  int top_exponent_;  ///< the scale is 2^(b - top_exponent_)
  std::vector<at::Tensor> parameters_, masters_;
  Sgd sgd_;  ///< of the masters
  LossScale loss_scale_;
};

}  // namespace floatsd::train
