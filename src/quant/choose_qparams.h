#pragma once
// From an observed range to scale and zero point.

#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/core/qparams.h"
#include "floatsd/quant/activation_scheme.h"
#include "floatsd/quant/scale_grid.h"
#include "ops/range.h"

namespace floatsd::quant {

/// The smallest scale: FLT_EPSILON, as PyTorch's observers have it.
inline constexpr float kSmallestScale = 0x1p-23F;

/// 8-bit codes for activations in [min, max], widened to hold 0 so that zero (and padding)
/// is a code: s = max((max - min) / 255, kSmallestScale), zero_point = clamp(rne(-min / s), 0,
/// 255), scale = round_to(grid, s). Source: Jacob et al. 2018, section 2.1, as in PyTorch's
/// observers. On another grid the zero point stays, so that what is won or lost of the range is
/// shared by its ends in proportion. Symmetric: [min, max] with min < 0 is first widened to
/// [-m, m], m = max(-min, max), and zero_point is 128. Throws Diverged if a bound is not finite.
QParams choose_activation_qparams(float min, float max, ScaleGrid grid = ScaleGrid::kAny,
                                  ActivationScheme scheme = ActivationScheme::kAffine);

/// Symmetric weight scales, max(|min|, |max|) / codebook.max_level(), at least kSmallestScale,
/// rounded to the grid; one for each entry of the range.
std::vector<float> choose_weight_scales(const ops::Range& range, const Codebook& codebook,
                                        ScaleGrid grid = ScaleGrid::kAny);

}  // namespace floatsd::quant
