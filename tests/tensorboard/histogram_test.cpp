#include "tensorboard/histogram.h"

#include <limits>
#include <vector>

#include "catch.h"

using namespace floatsd::tensorboard;

TEST_CASE("Whole numbers have an interval each, and gaps have one of zero", "[histogram]") {
  const Histogram found = histogram(std::map<int, int64_t>{{-1, 2}, {0, 3}, {4, 1}});
  CHECK(found.limits == std::vector<double>{-0.5, 0.5, 3.5, 4.5});
  CHECK(found.counts == std::vector<double>{2, 3, 0, 1});
  CHECK(found.smallest == -1);
  CHECK(found.largest == 4);
  CHECK(found.count() == 6);
  CHECK(found.sum == 2);
  CHECK(found.sum_of_squares == 18);
}

TEST_CASE("Reals are counted in 64 intervals, the ends included", "[histogram]") {
  std::vector<float> values;
  for (int i = 0; i <= 64; ++i) {
    values.push_back(static_cast<float>(i));
  }
  const Histogram found = histogram(values);
  REQUIRE(found.limits.size() == 64);
  CHECK(found.limits.front() == 1);
  CHECK(found.limits.back() == 64);
  CHECK(found.counts.front() == 2);  // 0 and 1
  CHECK(found.counts.back() == 1);
  CHECK(found.count() == 65);
}

TEST_CASE("Equal values are one interval", "[histogram]") {
  const Histogram found = histogram(std::vector<float>{0.25F, 0.25F});
  CHECK(found.limits == std::vector<double>{0.25});
  CHECK(found.counts == std::vector<double>{2});
}

TEST_CASE("Values that are not finite are left out, and no values are an empty histogram",
          "[histogram]") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Histogram found =
      histogram(std::vector<float>{kInfinity, 1, -kInfinity, kInfinity - kInfinity});
  CHECK(found.count() == 1);
  CHECK(found.largest == 1);
  CHECK(histogram(std::vector<float>{}).limits.empty());
  CHECK(histogram(std::map<int, int64_t>{}).limits.empty());
}

TEST_CASE("Very many whole numbers are counted as reals are", "[histogram]") {
  std::map<int, int64_t> counts;
  for (int i = -32768; i < 32768; ++i) {
    counts[i] = 1;
  }
  const Histogram found = histogram(counts);
  CHECK(found.limits.size() == 64);
  CHECK(found.count() == 65536);
}
