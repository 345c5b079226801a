#include "floatsd/quant/qconfig.h"

#include <string>

#include "floatsd/core/error.h"

namespace floatsd::quant {

QConfigRule parse_qconfig_rule(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    throw Error("qconfig rule '" + std::string(text) +
                "': expected PATTERN=FORMAT:GRANULARITY, as in conv=floatsd4:per-channel");
  }
  return parse_rule(text, parse_weight_scheme);
}

}  // namespace floatsd::quant
