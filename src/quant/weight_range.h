#pragma once
// Weight range: what of their values the levels of quantized weights are to reach, by a scheme's
// scale method.

#include <ATen/core/Tensor.h>

#include "floatsd/quant/scale_grid.h"
#include "floatsd/quant/scheme.h"
#include "quant/observer.h"

namespace floatsd::quant {

/// One range for the tensor, or one for each slice along axis 0, from whose ends
/// choose_weight_scales makes the scale. Weights are float32, not empty.
///
///     max           the extremes
///     percentile    -p and p, p the smallest |w| that at least 99.9 % of the n values do not
///                   exceed: the largest of fewer than 1000
///     mse, learned  -s l and s l, l the largest level, s the scale of least
///                   sum (w - s nearest_level(w / s))^2 among max |w| / l * 2^(k / 8), k = -15..7;
///                   on a grid of powers of two among those that these are nearest to
///
/// The octave above max |w| is searched because levels that grow by factors fit better or worse as
/// they shift against the weights. Extremes that are not finite are returned as they are, for the
/// observer to refuse.
ops::Range choose_weight_range(const at::Tensor& weights, const WeightScheme& scheme,
                               ScaleGrid grid = ScaleGrid::kAny);

}  // namespace floatsd::quant
