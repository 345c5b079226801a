#include "floatsd/quant/scheme.h"

#include <array>

#include "floatsd/core/error.h"
#include "floatsd/core/suggest.h"

namespace floatsd::quant {
namespace {

const std::array<std::string, 2> kGranularities = {"per-tensor", "per-channel"};

}  // namespace

WeightScheme parse_weight_scheme(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    throw Error("weight scheme '" + std::string(text) +
                "': expected FORMAT:per-channel or FORMAT:per-tensor");
  }
  const Codebook& codebook = find_codebook(text.substr(0, colon));
  const std::string_view granularity = text.substr(colon + 1);
  if (granularity == kGranularities[0]) {
    return {&codebook, Granularity::kPerTensor};
  }
  if (granularity == kGranularities[1]) {
    return {&codebook, Granularity::kPerChannel};
  }
  throw Error("weight scheme '" + std::string(text) + "': granularity '" +
              std::string(granularity) + "' is unknown" + suggest(granularity, kGranularities));
}

std::string to_string(const WeightScheme& scheme) {
  return scheme.codebook->name + ":" +
         kGranularities[scheme.granularity == Granularity::kPerChannel ? 1 : 0];
}

}  // namespace floatsd::quant
