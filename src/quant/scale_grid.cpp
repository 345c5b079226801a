#include "floatsd/quant/scale_grid.h"

#include <cmath>

#include "core/enum_names.h"

namespace floatsd::quant {
namespace {

const EnumNames<ScaleGrid> kGrids({"any", "power-of-two"});

}  // namespace

ScaleGrid parse_scale_grid(std::string_view name) { return kGrids.parse("scales", name); }

std::string to_string(ScaleGrid grid) { return kGrids[grid]; }

float round_to(ScaleGrid grid, float scale) {
  if (grid == ScaleGrid::kAny) {
    return scale;
  }
  constexpr float kRootOfHalf = 0x1.6a09e6p-1F;  // just below it, and no float lies between
  int exponent = 0;
  const float fraction = std::frexp(scale, &exponent);  // in [1/2, 1)
  return std::ldexp(1.0F, fraction > kRootOfHalf ? exponent : exponent - 1);
}

float round_up_to(ScaleGrid grid, float scale) {
  if (grid == ScaleGrid::kAny || scale == 0) {
    return scale;
  }
  int exponent = 0;
  const float fraction = std::frexp(scale, &exponent);
  return std::ldexp(1.0F, fraction == 0.5F ? exponent - 1 : exponent);
}

}  // namespace floatsd::quant
