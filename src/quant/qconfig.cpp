#include "floatsd/quant/qconfig.h"

#include <string>

#include "floatsd/core/error.h"

namespace floatsd::quant {
namespace {

constexpr std::string_view kByLayer = "auto";

}  // namespace

QConfigRule parse_qconfig_rule(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    throw Error("qconfig rule '" + std::string(text) +
                "': expected PATTERN=FORMAT:GRANULARITY, as in conv=floatsd4:per-channel");
  }
  return parse_rule(text, parse_weight_scheme);
}

std::optional<RangeMethod> parse_weight_observer(std::string_view name) {
  return name == kByLayer ? std::nullopt : std::optional(parse_range_method(name));
}

std::string to_string(const std::optional<RangeMethod>& weight_observer) {
  return weight_observer ? to_string(*weight_observer) : std::string(kByLayer);
}

}  // namespace floatsd::quant
