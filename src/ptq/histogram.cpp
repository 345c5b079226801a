#include "ptq/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "quant/choose_qparams.h"

namespace floatsd::ptq {
namespace {

constexpr int kShrinkSteps = 100;

double width(const Histogram& h) {
  return (double{h.range.max} - double{h.range.min}) / static_cast<double>(h.counts.size());
}

/// How many bins hold together at most `allowed` values, counted from `begin`.
template <typename Iterator>
int64_t bins_within(Iterator begin, Iterator end, double allowed) {
  int64_t bins = 0;
  double sum = 0;
  for (Iterator it = begin; it != end; ++it, ++bins) {
    sum += static_cast<double>(*it);
    if (sum > allowed) {
      break;
    }
  }
  return bins;
}

/// A range and its squared error.
struct Candidate {
  Interval range;
  double error = 0.0;
};

void consider(const Histogram& histogram, Interval range, quant::ScaleGrid grid,
              quant::ActivationScheme scheme, Candidate& best) {
  const double error = squared_error(histogram, range, grid, scheme);
  if (error < best.error) {
    best = {range, error};
  }
}

/// Both ends at once, and the upper one alone, with codes that have no negative half.
void search_symmetric(const Histogram& histogram, quant::ScaleGrid grid, Candidate& best) {
  const float reach = std::max(-histogram.range.min, histogram.range.max);
  for (int k = kShrinkSteps; k >= 1; --k) {
    const float share = static_cast<float>(k) / kShrinkSteps;
    for (const Interval range : {Interval{-reach * share, reach * share},
                                 Interval{0.0F, std::max(0.0F, histogram.range.max) * share}}) {
      consider(histogram, range, grid, quant::ActivationScheme::kSymmetric, best);
    }
  }
}

/// Moves `end` of best.range through k / 100 of `whole`.
void search_end(const Histogram& histogram, quant::ScaleGrid grid, quant::ActivationScheme scheme,
                float Interval::* end, float whole, Candidate& best) {
  Interval range = best.range;
  for (int k = kShrinkSteps; k >= 1; --k) {
    range.*end = whole * static_cast<float>(k) / kShrinkSteps;
    consider(histogram, range, grid, scheme, best);
  }
}

}  // namespace

Histogram empty_histogram(Interval range, int64_t bins) {
  return {range, std::vector<int64_t>(static_cast<size_t>(bins), 0)};
}

void count(Histogram& histogram, std::span<const float> values) {
  const auto last = static_cast<double>(histogram.counts.size() - 1);
  const double min = histogram.range.min;
  const double bin = width(histogram);
  const double bins_per_unit = bin > 0 ? 1 / bin : 0.0;  // of a float's width: never infinite
  for (const float value : values) {
    const double at = std::clamp((value - min) * bins_per_unit, 0.0, last);
    ++histogram.counts[static_cast<size_t>(at)];
  }
}

Interval percentile_range(const Histogram& histogram, double percentile) {
  const std::vector<int64_t>& counts = histogram.counts;
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  const double allowed = total * (100.0 - percentile) / 100.0;
  const double bin = width(histogram);
  const auto below = static_cast<double>(bins_within(counts.begin(), counts.end(), allowed));
  const auto above = static_cast<double>(bins_within(counts.rbegin(), counts.rend(), allowed));
  return {static_cast<float>(histogram.range.min + below * bin),
          static_cast<float>(histogram.range.max - above * bin)};
}

double squared_error(const Histogram& histogram, Interval range, quant::ScaleGrid grid,
                     quant::ActivationScheme scheme) {
  const QParams qparams = quant::choose_activation_qparams(range.min, range.max, grid, scheme);
  const double scale = qparams.scale;
  const double bin = width(histogram);
  double sum = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    const double x = histogram.range.min + (static_cast<double>(i) + 0.5) * bin;
    const double code =
        std::clamp<double>(std::nearbyint(x / scale) + qparams.zero_point, kMinCode, kMaxCode);
    const double error = scale * (code - qparams.zero_point) - x;
    sum += static_cast<double>(histogram.counts[i]) * error * error;
  }
  return sum;
}

Interval least_error_range(const Histogram& histogram, quant::ScaleGrid grid,
                           quant::ActivationScheme scheme) {
  Candidate best{histogram.range, squared_error(histogram, histogram.range, grid, scheme)};
  if (scheme == quant::ActivationScheme::kSymmetric) {
    search_symmetric(histogram, grid, best);
    return best.range;
  }
  double before = 0;
  do {
    before = best.error;
    search_end(histogram, grid, scheme, &Interval::max, histogram.range.max, best);
    search_end(histogram, grid, scheme, &Interval::min, histogram.range.min, best);
  } while (best.error < before);
  return best.range;
}

}  // namespace floatsd::ptq
