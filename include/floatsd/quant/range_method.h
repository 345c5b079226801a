#pragma once
// Range method: how the range of a tensor follows its batches (docs/numerics.md, Ranges).

#include <string>
#include <string_view>

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

}  // namespace floatsd::quant
