#include "quant/choose_qparams.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "floatsd/core/error.h"
#include "ops/range.h"

namespace floatsd::quant {
namespace {

constexpr int32_t kMiddleCode = 128;

}  // namespace

QParams choose_activation_qparams(float min, float max, ScaleGrid grid, ActivationScheme scheme) {
  if (!std::isfinite(min) || !std::isfinite(max)) {
    throw Diverged("activation range [" + std::to_string(min) + ", " + std::to_string(max) +
                   "] is not finite");
  }
  min = std::min(min, 0.0F);
  max = std::max(max, 0.0F);
  if (scheme == ActivationScheme::kSymmetric && min < 0) {
    const float end = std::max(-min, max);
    return {round_to(grid, std::max(2 * end / kMaxCode, kSmallestScale)), kMiddleCode};
  }
  const float scale = std::max((max - min) / kMaxCode, kSmallestScale);
  const auto zero_point = static_cast<int32_t>(std::nearbyint(-min / scale));
  return {round_to(grid, scale), std::clamp(zero_point, kMinCode, kMaxCode)};
}

std::vector<float> choose_weight_scales(const ops::Range& range, const Codebook& codebook,
                                        ScaleGrid grid) {
  std::vector<float> scales;
  for (size_t i = 0; i < range.min.size(); ++i) {
    const float largest = std::max(std::fabs(range.min[i]), std::fabs(range.max[i]));
    const float scale =
        std::max(largest / static_cast<float>(codebook.max_level()), kSmallestScale);
    scales.push_back(round_to(grid, scale));
  }
  return scales;
}

}  // namespace floatsd::quant
