#include "quant/observer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"
#include "quant/quantizer.h"

using namespace floatsd::ops;
using namespace floatsd::quant;
using floatsd::Granularity;

TEST_CASE("The first batch sets a moving average, the next moves it by a hundredth", "[observer]") {
  Observer observer(RangeMethod::kMovingAverage, 1);
  CHECK_FALSE(observer.has_range());
  observer.observe({{-1.0F}, {2.0F}});
  CHECK(observer.range().min[0] == -1.0F);
  CHECK(observer.range().max[0] == 2.0F);
  observer.observe({{-2.0F}, {4.0F}});
  CHECK(observer.range().min[0] == -1.01F);
  CHECK(observer.range().max[0] == 2.02F);
}

TEST_CASE("A min-max range only grows", "[observer]") {
  Observer observer(RangeMethod::kMinMax, 1);
  observer.observe({{-1.0F}, {2.0F}});
  observer.observe({{-0.5F}, {3.0F}});
  CHECK(observer.range().min[0] == -1.0F);
  CHECK(observer.range().max[0] == 3.0F);
}

TEST_CASE("A peak range grows at once and shrinks by a hundredth of the difference", "[observer]") {
  Observer observer(RangeMethod::kPeak, 1);
  observer.observe({{-1.0F}, {2.0F}});
  observer.observe({{-3.0F}, {1.0F}});
  CHECK(observer.range().min[0] == -3.0F);
  CHECK(observer.range().max[0] == 1.99F);
  observer.observe({{-1.0F}, {4.0F}});
  CHECK(observer.range().min[0] == -2.98F);
  CHECK(observer.range().max[0] == 4.0F);
}

TEST_CASE("The latest range is that of the last batch", "[observer]") {
  Observer observer(RangeMethod::kLatest, 2);
  observer.observe({{-1.0F, 0.0F}, {2.0F, 3.0F}});
  observer.observe({{-0.5F, -1.0F}, {4.0F, 1.0F}});
  CHECK(observer.range().min == std::vector<float>{-0.5F, -1.0F});
  CHECK(observer.range().max == std::vector<float>{4.0F, 1.0F});
}

TEST_CASE("Each channel has a range of its own", "[observer]") {
  const at::Tensor weights = at::tensor({1.0F, -2.0F, 3.0F, 5.0F, 6.0F, 7.0F}).reshape({2, 3});
  const Range range = range_of(weights, Granularity::kPerChannel);
  CHECK(range.min == std::vector<float>{-2.0F, 5.0F});
  CHECK(range.max == std::vector<float>{3.0F, 7.0F});
  CHECK(range_of(weights, Granularity::kPerTensor).max == std::vector<float>{7.0F});
}

TEST_CASE("A value that is not finite is refused and leaves the range as it was", "[observer]") {
  Observer observer(RangeMethod::kMovingAverage, 1);
  observer.observe({{-1.0F}, {2.0F}});
  CHECK_THROWS_AS(observer.observe({{-1.0F}, {INFINITY}}), floatsd::Diverged);
  CHECK_THROWS_AS(observer.observe({{NAN}, {1.0F}}), floatsd::Diverged);
  CHECK(observer.range().max[0] == 2.0F);
}

TEST_CASE("Before the first batch a quantizer has scale 1 and zero point 0", "[observer]") {
  const OutputQuantizer output(RangeMethod::kMovingAverage);
  CHECK(output.qparams() == floatsd::QParams{});
  const WeightQuantizer weights(parse_weight_scheme("int8:per-channel"),
                                RangeMethod::kMovingAverage, 3);
  CHECK(weights.scales() == std::vector<float>(3, 1.0F));
}

TEST_CASE("An observer's name is read back, and a misspelt one is answered with a suggestion",
          "[observer]") {
  for (const RangeMethod method :
       {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kLearned,
        RangeMethod::kPeak, RangeMethod::kLatest}) {
    CHECK(parse_range_method(to_string(method)) == method);
  }
  CHECK_THROWS_WITH(parse_range_method("minmax"),
                    "observer 'minmax' is unknown: did you mean 'min-max'?");
}
