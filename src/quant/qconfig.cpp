#include "floatsd/quant/qconfig.h"

#include <fnmatch.h>

#include "floatsd/core/error.h"

namespace floatsd::quant {

QConfigRule parse_qconfig_rule(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    throw Error("qconfig rule '" + std::string(text) +
                "': expected PATTERN=FORMAT:GRANULARITY, as in conv=floatsd4:per-channel");
  }
  return {std::string(text.substr(0, equals)), parse_weight_scheme(text.substr(equals + 1))};
}

bool matches(std::string_view pattern, const LayerRole& layer) {
  if (pattern == "first" || pattern == "last") {
    return pattern == "first" ? layer.first : layer.last;
  }
  if (pattern == layer.kind || (pattern == "conv" && layer.kind == "depthwise")) {
    return true;
  }
  return ::fnmatch(std::string(pattern).c_str(), layer.name.c_str(), 0) == 0;
}

std::optional<WeightScheme> find_scheme(const QConfig& qconfig, const LayerRole& layer) {
  std::optional<WeightScheme> found;
  for (const QConfigRule& rule : qconfig.rules) {
    if (matches(rule.pattern, layer)) {
      found = rule.scheme;
    }
  }
  return found;
}

}  // namespace floatsd::quant
