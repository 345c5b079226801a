#pragma once
// Input spec: what images a network reads, and how their bytes become real values.

#include <cstdint>
#include <vector>

#include "floatsd/quant/activation_scheme.h"
#include "floatsd/quant/scale_grid.h"

namespace floatsd::nn {

/// Images [channels, height, width] of bytes; channel c's real value is
/// (byte / 255 - mean[c]) / deviation[c].
struct InputSpec {
  int64_t channels = 1, height = 1, width = 1;
  std::vector<float> mean = std::vector<float>(static_cast<size_t>(channels), 0.0F);
  std::vector<float> deviation = std::vector<float>(static_cast<size_t>(channels), 1.0F);
  quant::ScaleGrid scales = quant::ScaleGrid::kAny;  ///< set by prepare, as the next
  quant::ActivationScheme scheme = quant::ActivationScheme::kAffine;
};

}  // namespace floatsd::nn
