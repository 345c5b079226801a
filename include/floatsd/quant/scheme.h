#pragma once
// Scheme: how a weight tensor is quantized, as configs write it: "floatsd4:per-channel", or
// "floatsd4:per-channel:mse" with how its scale is chosen.

#include <string>
#include <string_view>

#include "floatsd/core/codebook.h"
#include "floatsd/core/qparams.h"

namespace floatsd::quant {

/// How the scale of weights follows from them.
enum class ScaleMethod {
  kMax,         ///< the largest |w| is the largest level; the default of a scheme
  kPercentile,  ///< 99.9 % of the |w| are at most the largest level
  kMse,         ///< the least squared error (docs/formats.md)
  kLearned,     ///< trained with the weights, from the least squared error on
};

struct WeightScheme {
  const Codebook* codebook = nullptr;
  Granularity granularity = Granularity::kPerTensor;
  ScaleMethod scale = ScaleMethod::kMax;

  bool operator==(const WeightScheme&) const = default;
};

/// Reads FORMAT:GRANULARITY or FORMAT:GRANULARITY:SCALE, "floatsd4:per-channel" or
/// "int8:per-tensor:learned"; SCALE is max, percentile, mse or learned. Throws Error, with a
/// suggestion, on anything else.
WeightScheme parse_weight_scheme(std::string_view text);

/// What parse_weight_scheme reads back, without a SCALE of max.
std::string to_string(const WeightScheme& scheme);

}  // namespace floatsd::quant
