#include "ptq/histogram.h"

#include <algorithm>

#include "catch.h"
#include "quant/choose_qparams.h"

using namespace floatsd;
using ptq::Histogram;
using ptq::Interval;

namespace {

/// 1,000,000 values in each of the 20 bins around 0, and one in each bin of `outliers`; bins of
/// width 1 over `range`.
Histogram with_outliers(Interval range, const std::vector<int>& outliers) {
  Histogram h = ptq::empty_histogram(range, static_cast<int64_t>(range.max - range.min));
  const auto zero = static_cast<int>(-range.min);
  for (int i = -10; i < 10; ++i) {
    h.counts[zero + i] = 1000000;
  }
  for (const int bin : outliers) {
    h.counts[zero + bin] = 1;
  }
  return h;
}

}  // namespace

TEST_CASE("A histogram counts values in half-open bins", "[histogram]") {
  Histogram h = ptq::empty_histogram({0, 4}, 4);
  ptq::count(h, std::vector<float>{0.0F, 0.5F, 1.0F, 3.5F});
  CHECK(h.counts == std::vector<int64_t>{2, 1, 0, 1});
  ptq::count(h, std::vector<float>{4.0F, 9.0F, -1.0F});
  CHECK(h.counts == std::vector<int64_t>{3, 1, 0, 3});
}

TEST_CASE("A constant tensor keeps its range", "[histogram]") {
  Histogram h = ptq::empty_histogram({2, 2}, 8);
  ptq::count(h, std::vector<float>{2.0F, 2.0F, 2.0F});
  CHECK(h.counts.front() == 3);
  CHECK(ptq::percentile_range(h, 99) == Interval{2, 2});
  CHECK(ptq::least_error_range(h) == Interval{2, 2});
}

TEST_CASE("A percentile cuts bins from both ends, as many as it may", "[histogram]") {
  const Histogram even{{0, 10}, std::vector<int64_t>(10, 1)};
  CHECK(ptq::percentile_range(even, 100) == Interval{0, 10});
  CHECK(ptq::percentile_range(even, 91) == Interval{0, 10});
  CHECK(ptq::percentile_range(even, 90) == Interval{1, 9});
  CHECK(ptq::percentile_range(even, 75) == Interval{2, 8});
  const Histogram skewed{{-1, 4}, {10, 0, 85, 4, 1}};
  CHECK(ptq::percentile_range(skewed, 99.5) == Interval{-1, 4});
  CHECK(ptq::percentile_range(skewed, 99) == Interval{-1, 3});
  CHECK(ptq::percentile_range(skewed, 95) == Interval{-1, 2});
  CHECK(ptq::percentile_range(skewed, 75) == Interval{1, 2});
}

TEST_CASE("Squared error counts rounding and clipping", "[histogram]") {
  // Centres 127.5 and 382.5. By [0, 255] (scale 1) they become 128 and 255, by [0, 510] (scale 2)
  // 128 and 382.
  const Histogram h{{0, 510}, {4, 2}};
  CHECK(ptq::squared_error(h, {0, 255}) == 4 * 0.25 + 2 * 127.5 * 127.5);
  CHECK(ptq::squared_error(h, {0, 510}) == 4 * 0.25 + 2 * 0.25);
}

TEST_CASE("The range of least error cuts what costs more than it gains", "[histogram]") {
  const Interval above = ptq::least_error_range(with_outliers({-10, 1000}, {999}));
  CHECK(above.max < 300);
  CHECK(above.min >= -10);
  const Interval below = ptq::least_error_range(with_outliers({-1000, 10}, {-1000}));
  CHECK(below.min > -300);
  CHECK(below.max <= 10);
}

TEST_CASE("No shrunk end has a smaller error than the range of least error", "[histogram]") {
  const Histogram h = with_outliers({-500, 1000}, {-500, 700, 999});
  const Interval best = ptq::least_error_range(h);
  const double least = ptq::squared_error(h, best);
  CHECK(least < ptq::squared_error(h, h.range));
  for (int k = 1; k <= 100; ++k) {
    CHECK(ptq::squared_error(h, {best.min, h.range.max * static_cast<float>(k) / 100}) >= least);
    CHECK(ptq::squared_error(h, {h.range.min * static_cast<float>(k) / 100, best.max}) >= least);
  }
}

TEST_CASE("With powers of two the range of least error is searched among their scales",
          "[histogram]") {
  const auto grid = quant::ScaleGrid::kPowerOfTwo;
  Histogram h = ptq::empty_histogram({0, 380}, 190);  // scale 1.49, nearest to 2
  std::fill_n(h.counts.begin(), 20, 1000000);         // at 1, 3, 5 ...
  h.counts.back() = 1;
  CHECK(ptq::squared_error(h, {0, 380}, grid) == ptq::squared_error(h, {0, 510}));
  const Interval best = ptq::least_error_range(h, grid);
  CHECK(ptq::squared_error(h, best, grid) < ptq::squared_error(h, h.range, grid));
  CHECK(quant::choose_activation_qparams(best.min, best.max, grid).scale == 1.0F);
}

TEST_CASE("A symmetric range of least error shrinks at both ends at once", "[histogram]") {
  constexpr auto kSymmetric = quant::ActivationScheme::kSymmetric;
  const Histogram h = with_outliers({-1000, 1000}, {-1000, 999});
  const Interval found = ptq::least_error_range(h, quant::ScaleGrid::kAny, kSymmetric);
  CHECK(found.max == -found.min);
  CHECK(found.max < 500);
  const double error = ptq::squared_error(h, found, quant::ScaleGrid::kAny, kSymmetric);
  for (int k = 1; k <= 100; ++k) {
    const float end = 10.0F * static_cast<float>(k);
    CHECK(error <= ptq::squared_error(h, {-end, end}, quant::ScaleGrid::kAny, kSymmetric));
  }
}

TEST_CASE("A symmetric range does without a few negative values", "[histogram]") {
  Histogram h = ptq::empty_histogram({-10, 990}, 1000);
  std::fill(h.counts.begin() + 10, h.counts.end(), 1000);
  h.counts[5] = 1;
  const Interval found =
      ptq::least_error_range(h, quant::ScaleGrid::kAny, quant::ActivationScheme::kSymmetric);
  CHECK(found.min == 0);
  CHECK(found.max > 900);
}
