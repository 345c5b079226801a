#pragma once
// Observer: follows the range of a tensor through training or calibration.

#include <torch/nn/module.h>

#include <string>
#include <string_view>

#include "floatsd/core/qparams.h"

namespace floatsd::quant {

/// How a batch's extremes enter the range.
enum class RangeMethod {
  kMinMax,         ///< running extremes: the range only grows
  kMovingAverage,  ///< m + 0.01 (batch - m), the first batch sets it; the FloatSD package's default
};

/// "min-max" or "moving-average"; throws Error, with a suggestion, on anything else.
RangeMethod parse_range_method(std::string_view name);
std::string to_string(RangeMethod method);

/// Smallest and largest value of a tensor, float, [] or [channels].
struct Range {
  at::Tensor min, max;
};

/// The extremes of `tensor`: of all of it, or of each slice along axis 0.
Range range_of(const at::Tensor& tensor, Granularity granularity);

/// Range with memory. Its buffers min_val and max_val are infinite (+ and -) before the first
/// batch.
class Observer : public torch::nn::Module {
 public:
  /// `channels` is the length of the range; 0 makes it a scalar.
  Observer(RangeMethod method, int64_t channels);

  /// Takes in one batch's extremes, tensors of this observer's shape.
  /// Throws Diverged where one is not finite.
  void observe(const Range& batch);

  /// Whether a batch was observed.
  [[nodiscard]] bool has_range() const;
  [[nodiscard]] const Range& range() const { return range_; }

 private:
  RangeMethod method_;
  Range range_;
};

}  // namespace floatsd::quant
