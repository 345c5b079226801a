#include "floatsd/core/requantize.h"

#include <cmath>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd {

float smallest_weight_scale(float bias, float input_scale) {
  return static_cast<float>(std::fabs(double{bias}) / (double{input_scale} * 0x1p30));
}

Requantize choose_requantize(std::span<const float> bias, float input_scale,
                             std::span<const float> weight_scales, QParams output) {
  Requantize result{.output = output};
  for (size_t c = 0; c < bias.size(); ++c) {
    const float weight_scale = weight_scales[weight_scales.size() == 1 ? 0 : c];
    const double unit = double{input_scale} * double{weight_scale};
    const double rounded = std::nearbyint(double{bias[c]} / unit);
    if (!(std::fabs(rounded) < static_cast<double>(kAccumulatorLimit))) {
      throw Error("channel " + std::to_string(c) + ": bias " + std::to_string(bias[c]) +
                  " is beyond 32 bits in units of " + std::to_string(unit));
    }
    result.bias.push_back(static_cast<int32_t>(rounded));
    result.multipliers.push_back(to_fixed_point(unit / double{output.scale}));
  }
  return result;
}

}  // namespace floatsd
