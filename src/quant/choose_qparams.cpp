#include "floatsd/quant/choose_qparams.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd::quant {

QParams choose_activation_qparams(float min, float max) {
  if (!std::isfinite(min) || !std::isfinite(max)) {
    throw Diverged("activation range [" + std::to_string(min) + ", " + std::to_string(max) +
                   "] is not finite");
  }
  min = std::min(min, 0.0F);
  max = std::max(max, 0.0F);
  const float scale = std::max((max - min) / kMaxCode, kSmallestScale);
  const auto zero_point = static_cast<int32_t>(std::nearbyint(-min / scale));
  return {scale, std::clamp(zero_point, kMinCode, kMaxCode)};
}

at::Tensor choose_weight_scales(const at::Tensor& min, const at::Tensor& max,
                                const Codebook& codebook) {
  return at::maximum(min.abs(), max.abs()).div(codebook.max_level()).clamp_min(kSmallestScale);
}

}  // namespace floatsd::quant
