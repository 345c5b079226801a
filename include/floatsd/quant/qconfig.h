#pragma once
// QConfig: which scheme each layer's weights get, as an ordered list of rules.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/quant/observer.h"
#include "floatsd/quant/scale_grid.h"
#include "floatsd/quant/scheme.h"

namespace floatsd::quant {

/// What a rule can match a layer by.
struct LayerRole {
  std::string name;    ///< "conv1"
  std::string kind;    ///< "conv", "depthwise" or "linear"
  bool first = false;  ///< of the network's weighted layers
  bool last = false;
};

/// `pattern` is a kind ("conv" any convolution, "depthwise", "linear"), "first", "last", or a glob
/// over layer names ("conv*", "features.?.depthwise").
struct QConfigRule {
  std::string pattern;
  WeightScheme scheme;
};

/// Reads PATTERN=SCHEME: "conv=floatsd4:per-channel:mse". Throws Error on anything else.
QConfigRule parse_qconfig_rule(std::string_view text);

/// Weights by the rules, the last match wins; activations are affine 8-bit codes per tensor, with
/// a range that follows as activation_observer says. `scales` holds for weights, activations and
/// the network's input alike.
struct QConfig {
  std::vector<QConfigRule> rules;
  RangeMethod weight_observer = RangeMethod::kMovingAverage;
  RangeMethod activation_observer = RangeMethod::kMovingAverage;
  ScaleGrid scales = ScaleGrid::kAny;
};

/// The scheme of that layer; none where no rule matches.
std::optional<WeightScheme> find_scheme(const QConfig& qconfig, const LayerRole& layer);

/// Whether a rule of that pattern is meant for that layer.
bool matches(std::string_view pattern, const LayerRole& layer);

}  // namespace floatsd::quant
