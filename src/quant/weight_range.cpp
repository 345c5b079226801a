#include "quant/weight_range.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "floatsd/core/qparams.h"
#include "ops/kernels.h"
#include "ops/range.h"
#include "ops/record.h"
#include "quant/choose_qparams.h"

namespace floatsd::quant {
namespace {

constexpr double kPercentileShare = 0.999;
constexpr int kStepsAnOctave = 8;
constexpr int kOctavesBelow = 2;  // of the largest weight's scale; one above it
constexpr int kCandidates = (kOctavesBelow + 1) * kStepsAnOctave - 1;

/// Of one slice of weights.
float percentile_of_magnitudes(std::span<const float> weights) {
  std::vector<float> magnitudes;
  std::transform(weights.begin(), weights.end(), std::back_inserter(magnitudes),
                 [](float w) { return std::fabs(w); });
  const auto rank =
      static_cast<int64_t>(std::ceil(kPercentileShare * double(magnitudes.size()))) - 1;
  std::nth_element(magnitudes.begin(), magnitudes.begin() + rank, magnitudes.end());
  return magnitudes[rank];
}

double squared_error(std::span<const float> weights, float scale, const Codebook& codebook) {
  constexpr size_t kPart = 1024;
  float levels[kPart];
  double error = 0;
  for (size_t first = 0; first < weights.size(); first += kPart) {
    const auto part = weights.subspan(first, std::min(kPart, weights.size() - first));
    ops::kernels::nearest_levels(part, scale, codebook, {levels, part.size()});
    for (size_t i = 0; i < part.size(); ++i) {
      const double difference = double{part[i]} - double{levels[i]} * double{scale};
      error += difference * difference;
    }
  }
  return error;
}

/// For the largest |w| of a slice; the first is the largest.
std::vector<float> candidate_scales(float largest, const Codebook& codebook, ScaleGrid grid) {
  std::vector<float> scales;
  for (int i = 0; i < kCandidates; ++i) {
    const double octaves = 1.0 - double(i + 1) / kStepsAnOctave;
    const auto scale =
        static_cast<float>(double{largest} / codebook.max_level() * std::exp2(octaves));
    scales.push_back(round_to(grid, std::max(scale, kSmallestScale)));
  }
  scales.erase(std::unique(scales.begin(), scales.end()), scales.end());
  return scales;
}

/// A place for each slice and candidate, so that a few large slices keep all threads busy as many
/// small ones do.
ops::Range least_error_range(const at::Tensor& weights, const ops::Range& extremes,
                             const Codebook& codebook, ScaleGrid grid) {
  const size_t slices = extremes.min.size();
  const size_t length = static_cast<size_t>(weights.numel()) / slices;
  const auto* first = weights.const_data_ptr<float>();
  std::vector<std::vector<float>> scales;
  for (size_t i = 0; i < slices; ++i) {
    scales.push_back(candidate_scales(
        std::max(std::fabs(extremes.min[i]), std::fabs(extremes.max[i])), codebook, grid));
  }
  std::vector<double> errors(slices * kCandidates, std::numeric_limits<double>::infinity());
  at::parallel_for(
      0, static_cast<int64_t>(errors.size()), /*grain_size=*/1, [&](int64_t begin, int64_t end) {
        for (auto at = static_cast<size_t>(begin); at < static_cast<size_t>(end); ++at) {
          const size_t slice = at / kCandidates;
          const size_t candidate = at % kCandidates;
          if (candidate < scales[slice].size()) {
            errors[at] =
                squared_error({first + slice * length, length}, scales[slice][candidate], codebook);
          }
        }
      });
  ops::Range range;
  for (size_t i = 0; i < slices; ++i) {
    const auto begin = errors.begin() + static_cast<int64_t>(i) * kCandidates;
    const auto best = std::min_element(begin, begin + kCandidates) - begin;
    const float end = scales[i][best] * static_cast<float>(codebook.max_level());
    range.min.push_back(-end);
    range.max.push_back(end);
  }
  return range;
}

ops::Range percentile_range(const at::Tensor& weights, const ops::Range& extremes) {
  const size_t slices = extremes.min.size();
  const size_t length = static_cast<size_t>(weights.numel()) / slices;
  ops::Range range;
  for (size_t i = 0; i < slices; ++i) {
    const float end =
        percentile_of_magnitudes({weights.const_data_ptr<float>() + i * length, length});
    range.min.push_back(-end);
    range.max.push_back(end);
  }
  return range;
}

bool is_finite(const ops::Range& range) {
  const auto all_finite = [](const std::vector<float>& ends) {
    return std::all_of(ends.begin(), ends.end(), [](float v) { return std::isfinite(v); });
  };
  return all_finite(range.min) && all_finite(range.max);
}

}  // namespace

ops::Range choose_weight_range(const at::Tensor& weights, const WeightScheme& scheme,
                               ScaleGrid grid) {
  ops::Range extremes = ops::range_of(weights, scheme.granularity);
  if (scheme.scale == ScaleMethod::kMax || !is_finite(extremes)) {
    return extremes;
  }
  const at::Tensor values = weights.detach().contiguous(weights.suggest_memory_format());
  FLOATSD_RECORD("floatsd::choose_weight_range", values);
  return scheme.scale == ScaleMethod::kPercentile
             ? percentile_range(values, extremes)
             : least_error_range(values, extremes, *scheme.codebook, grid);
}

}  // namespace floatsd::quant
