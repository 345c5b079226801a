#include "report/axis.h"

#include <algorithm>

#include "report/numbers.h"

namespace floatsd::report {
namespace {

/// The round number nearest to that step.
double round_step(double rough) {
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double ratio = rough / power;
  return power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
}

std::vector<Tick> ticks_of_step(const Interval& interval, double step) {
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  constexpr int kMostDecimals = 4;
  std::vector<Tick> all;
  for (auto i = std::ceil(interval.low / step - 1e-9); i * step <= interval.high + 1e-9 * step;
       ++i) {
    const double at = i * step;
    all.push_back({at, decimals > kMostDecimals ? short_number(at, 3)
                       : std::abs(at) >= 1e5    ? rounded(at)
                                                : fixed(at == 0 ? 0 : at, decimals)});
  }
  return all;
}

}  // namespace

void Interval::include(double value) {
  if (is_drawable(value)) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
}

bool is_drawable(double value) { return std::abs(value) < 1e300; }

Interval widened(const Interval& interval) {
  if (interval.is_empty()) {
    return {0, 1};
  }
  const double span = interval.high - interval.low;
  const double size = std::max(std::abs(interval.high), std::abs(interval.low));
  const double margin = span > 1e-9 * size ? span * 0.06 : size > 0 ? size * 0.06 : 0.5;
  return {interval.low - margin, interval.high + margin};
}

std::vector<Tick> ticks(const Interval& interval, int about) {
  return ticks_of_step(interval, round_step((interval.high - interval.low) / about));
}

std::vector<Tick> whole_ticks(const Interval& interval, int about) {
  return ticks_of_step(interval, std::max(1.0, round_step((interval.high - interval.low) / about)));
}

}  // namespace floatsd::report
