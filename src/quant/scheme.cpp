#include "floatsd/quant/scheme.h"

#include <array>

#include "core/names.h"
#include "floatsd/core/error.h"

namespace floatsd::quant {
namespace {

const std::array<std::string, 2> kGranularities = {"per-tensor", "per-channel"};
const std::array<std::string, 4> kScaleMethods = {"max", "percentile", "mse", "learned"};

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
  scheme.granularity = static_cast<Granularity>(
      find_name(about + "granularity", rest.substr(0, second), kGranularities));
  if (second != std::string_view::npos) {
    scheme.scale = static_cast<ScaleMethod>(
        find_name(about + "scale", rest.substr(second + 1), kScaleMethods));
  }
  return scheme;
}

std::string to_string(const WeightScheme& scheme) {
  const std::string text =
      scheme.codebook->name + ":" + kGranularities[static_cast<size_t>(scheme.granularity)];
  return scheme.scale == ScaleMethod::kMax
             ? text
             : text + ":" + kScaleMethods[static_cast<size_t>(scheme.scale)];
}

}  // namespace floatsd::quant
