#pragma once
// Histogram: how the values of an activation are spread, and the ranges that calibration chooses
// from that.

#include <cstdint>
#include <span>
#include <vector>

#include "floatsd/quant/scale_grid.h"
#include "quant/choose_qparams.h"

namespace floatsd::ptq {

/// min <= max.
struct Interval {
  float min = 0.0F, max = 0.0F;

  bool operator==(const Interval&) const = default;
};

/// Counts of values in equal bins of `range`. Bin i holds those in
/// [min + i * width, min + (i + 1) * width), width = (max - min) / bins; max itself is in the last
/// bin, and so is what lies above it; what lies below min is in the first.
struct Histogram {
  Interval range;
  std::vector<int64_t> counts;
};

/// Nothing counted yet. Requires bins >= 1.
Histogram empty_histogram(Interval range, int64_t bins);

/// Counts `values`, which are finite.
void count(Histogram& histogram, std::span<const float> values);

/// The range without its outermost bins: from each end as many are cut as together hold at most
/// (100 - percentile) % of all values. Requires 50 < percentile <= 100.
Interval percentile_range(const Histogram& histogram, double percentile);

/// The sum over bins of count * (q(x) - x)^2, x a bin's centre, q(x) its value after 8-bit
/// quantization with the qparams of `range` (quant/choose_qparams.h).
double squared_error(const Histogram& histogram, Interval range,
                     quant::ScaleGrid grid = quant::ScaleGrid::kAny,
                     quant::ActivationScheme scheme = quant::ActivationScheme::kAffine);

/// The range of least squared_error among those whose ends are k / 100 of the histogram's,
/// k = 1..100. The upper and the lower end are searched in turn until neither improves; in the
/// symmetric scheme both ends are moved at once, or the lower one is 0.
Interval least_error_range(const Histogram& histogram,
                           quant::ScaleGrid grid = quant::ScaleGrid::kAny,
                           quant::ActivationScheme scheme = quant::ActivationScheme::kAffine);

}  // namespace floatsd::ptq
