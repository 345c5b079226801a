#pragma once
// Observer: follows the range of a tensor through training or calibration.

#include <torch/nn/module.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "floatsd/core/qparams.h"

namespace floatsd::quant {

/// How a batch's extremes enter the range.
enum class RangeMethod {
  kMinMax,         ///< running extremes: the range only grows
  kMovingAverage,  ///< m + 0.01 (batch - m), the first batch sets it; the FloatSD package's default
  kLearned,        ///< of activations: a moving average until gradients move it
  kPeak,           ///< each end grows to the batch's at once, and shrinks as a moving average
  kLatest,         ///< the last batch's extremes
};

/// "min-max", "moving-average", "learned", "peak" or "latest"; throws Error, with a suggestion, on
/// anything else.
RangeMethod parse_range_method(std::string_view name);
std::string to_string(RangeMethod method);

/// Smallest and largest value: one of each for a tensor, or one for each channel.
struct Range {
  std::vector<float> min, max;
};

/// Throws Diverged where an end is not finite.
void check_finite(const Range& range);

/// The extremes of `tensor` (float32): of all of it, or of each slice along axis 0.
Range range_of(const at::Tensor& tensor, Granularity granularity);

/// Range with memory, in the buffers min_val and max_val, with kLearned in parameters of those
/// names. They are infinite (+ and -) before the first batch.
class Observer : public torch::nn::Module {
 public:
  /// `entries` is the length of the range: 1, or the number of channels.
  Observer(RangeMethod method, int64_t entries);

  /// Takes in one batch's extremes, of this observer's length.
  /// Throws Diverged where one is not finite.
  void observe(const Range& batch);

  /// Puts a range, of this observer's length, in the place of what was observed. Throws Diverged
  /// where an end is not finite.
  void set_range(const Range& range);

  /// Whether a batch was observed, or a range set.
  [[nodiscard]] bool has_range() const;
  [[nodiscard]] Range range() const;

  /// The batch's extremes where there is no range, or one whose ends have met: the start of a
  /// range, of one entry, that gradients move. Throws Diverged where an end is not finite.
  void begin_at(const Range& batch);

  /// The parameters min and max; none unless they are learned.
  [[nodiscard]] std::optional<std::pair<at::Tensor, at::Tensor>> learned_ends() const;

 private:
  RangeMethod method_;
  at::Tensor min_, max_;
};

}  // namespace floatsd::quant
