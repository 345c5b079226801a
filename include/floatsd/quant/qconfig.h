#pragma once
// QConfig: which scheme each layer's weights get, and how the ranges of activations follow them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/quant/activation_scheme.h"
#include "floatsd/quant/range_method.h"
#include "floatsd/quant/rules.h"
#include "floatsd/quant/scale_grid.h"
#include "floatsd/quant/scheme.h"

namespace floatsd::quant {

using QConfigRule = Rule<WeightScheme>;

/// Reads PATTERN=SCHEME: "conv=floatsd4:per-channel:mse". Throws Error on anything else.
QConfigRule parse_qconfig_rule(std::string_view text);

/// "auto" (nothing), or as parse_range_method.
std::optional<RangeMethod> parse_weight_observer(std::string_view name);
std::string to_string(const std::optional<RangeMethod>& weight_observer);

/// Weights by the rules; activations are 8-bit codes per tensor, with a range that follows as
/// activation_observers say, kPeak if none does. Defaults keep up with the first steps of a
/// training, in which ranges grow tenfold: a value beyond its range gets no gradient, and with
/// kMovingAverage a network with batch norm hardly learns (docs/results.md). `activation_scheme`
/// holds for the network's input, too, `scales` for weights, activations and input alike.
struct QConfig {
  std::vector<QConfigRule> rules;
  /// Nothing: kLatest if a batch norm is folded into the weights, whose size then changes with the
  /// running variance. Without one kPeak, which no weight outgrows; for formats of three levels
  /// kMovingAverage, which cuts off the largest weights: they would otherwise push all below half
  /// of them to 0 (docs/results.md).
  std::optional<RangeMethod> weight_observer;
  std::vector<Rule<RangeMethod>> activation_observers;
  ActivationScheme activation_scheme = ActivationScheme::kAffine;
  ScaleGrid scales = ScaleGrid::kAny;
};

}  // namespace floatsd::quant
