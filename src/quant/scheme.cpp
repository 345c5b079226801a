#include "floatsd/quant/scheme.h"

#include <array>

#include "floatsd/core/error.h"
#include "floatsd/core/names.h"

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
  const size_t found = find_name("weight scheme '" + std::string(text) + "': granularity",
                                 granularity, kGranularities);
  return {&codebook, static_cast<Granularity>(found)};
}

std::string to_string(const WeightScheme& scheme) {
  return scheme.codebook->name + ":" + kGranularities[static_cast<size_t>(scheme.granularity)];
}

}  // namespace floatsd::quant
