#include "floatsd/quant/scheme.h"

#include "core/enum_names.h"
#include "floatsd/core/error.h"

namespace floatsd::quant {
namespace {

const EnumNames<Granularity> kGranularities({"per-tensor", "per-channel"});
const EnumNames<ScaleMethod> kScaleMethods({"max", "percentile", "mse", "learned"});

}  // namespace

WeightScheme parse_weight_scheme(std::string_view text) {
  const std::string about = "weight scheme '" + std::string(text) + "': ";
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    throw Error(about + "expected FORMAT:per-channel or FORMAT:per-tensor");
  }
  const std::string_view rest = text.substr(colon + 1);
  const size_t second = rest.find(':');
  WeightScheme scheme{&find_codebook(text.substr(0, colon))};
  scheme.granularity = kGranularities.parse(about + "granularity", rest.substr(0, second));
  if (second != std::string_view::npos) {
    scheme.scale = kScaleMethods.parse(about + "scale", rest.substr(second + 1));
  }
  return scheme;
}

std::string to_string(const WeightScheme& scheme) {
  const std::string text = scheme.codebook->name + ":" + kGranularities[scheme.granularity];
  return scheme.scale == ScaleMethod::kMax ? text : text + ":" + kScaleMethods[scheme.scale];
}

}  // namespace floatsd::quant
