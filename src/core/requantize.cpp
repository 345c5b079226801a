#include "floatsd/core/requantize.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/refuse.h"
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
    result.multipliers.push_back(named("channel " + std::to_string(c), [&] {
      return to_fixed_point(unit / double{output.scale});
    }));
  }
  return result;
}

AddRequantize choose_add_requantize(std::array<float, 2> input_scales, QParams output) {
  const std::array<double, 2> ratios = {double{input_scales[0]} / double{output.scale},
                                        double{input_scales[1]} / double{output.scale}};
  AddRequantize result{.shift = to_fixed_point(std::max(ratios[0], ratios[1])).shift,
                       .output = output};
  for (size_t i = 0; i < ratios.size(); ++i) {
    result.multipliers[i] =
        static_cast<int32_t>(std::nearbyint(std::ldexp(ratios[i], result.shift)));
  }
  return result;
}

FixedPoint average_multiplier(float input_scale, int64_t pixels, float output_scale) {
  return to_fixed_point(double{input_scale} / (static_cast<double>(pixels) * double{output_scale}));
}

int32_t upper_code(double real, QParams qparams) {
  const double code = std::nearbyint(real / double{qparams.scale}) + qparams.zero_point;
  return static_cast<int32_t>(std::min<double>(code, kMaxCode));
}

}  // namespace floatsd
