#pragma once
// Scheme: how a weight tensor is quantized, as configs write it: "floatsd4:per-channel".

#include <string>
#include <string_view>

#include "floatsd/core/codebook.h"
#include "floatsd/core/qparams.h"

namespace floatsd::quant {

struct WeightScheme {
  const Codebook* codebook = nullptr;
  Granularity granularity = Granularity::kPerTensor;

  bool operator==(const WeightScheme&) const = default;
};

/// Reads FORMAT:GRANULARITY, "floatsd4:per-channel" or "int8:per-tensor".
/// Throws Error, with a suggestion, on anything else.
WeightScheme parse_weight_scheme(std::string_view text);

/// What parse_weight_scheme reads back.
std::string to_string(const WeightScheme& scheme);

}  // namespace floatsd::quant
