#include "tensorboard/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace floatsd::tensorboard {
namespace {

/// Values and how often each is there, of finite values.
using Weighted = std::vector<std::pair<double, double>>;

Histogram moments(const Weighted& values) {
  Histogram result{.smallest = values.front().first, .largest = values.front().first};
  for (const auto& [value, times] : values) {
    result.smallest = std::min(result.smallest, value);
    result.largest = std::max(result.largest, value);
    result.sum += times * value;
    result.sum_of_squares += times * value * value;
  }
  return result;
}

Histogram in_equal_intervals(const Weighted& values) {
  constexpr int kIntervals = 64;
  if (values.empty()) {
    return {};
  }
  Histogram result = moments(values);
  const double width = (result.largest - result.smallest) / kIntervals;
  const int intervals = width > 0 ? kIntervals : 1;
  for (int i = 1; i < intervals; ++i) {
    result.limits.push_back(result.smallest + i * width);
  }
  result.limits.push_back(result.largest);
  result.counts.resize(result.limits.size());
  for (const auto& [value, times] : values) {
    const auto limit = std::lower_bound(result.limits.begin(), result.limits.end(), value);
    result.counts[static_cast<size_t>(limit - result.limits.begin())] += times;
  }
  return result;
}

}  // namespace

double Histogram::count() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

Histogram histogram(std::span<const float> values) {
  Weighted finite;
  for (const float value : values) {
    if (std::isfinite(value)) {
      finite.emplace_back(value, 1);
    }
  }
  return in_equal_intervals(finite);
}

Histogram histogram(const std::map<int, int64_t>& counts) {
  constexpr size_t kMostIntervals = 1024;
  const Weighted values(counts.begin(), counts.end());
  if (values.empty() || values.size() > kMostIntervals) {
    return in_equal_intervals(values);
  }
  Histogram result = moments(values);
  for (const auto& [value, times] : values) {
    if (!result.limits.empty() && result.limits.back() < value - 0.5) {  // a gap before it
      result.limits.push_back(value - 0.5);
      result.counts.push_back(0);
    }
    result.limits.push_back(value + 0.5);
    result.counts.push_back(times);
  }
  return result;
}

}  // namespace floatsd::tensorboard
