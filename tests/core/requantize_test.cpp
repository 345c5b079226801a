#include "floatsd/core/requantize.h"

#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::choose_requantize;
using floatsd::Requantize;

TEST_CASE("Bias and multiplier follow from the scales", "[requantize]") {
  const std::vector<float> bias = {1.0F, -0.75F};
  const std::vector<float> scales = {0.25F, 0.5F};
  const Requantize r = choose_requantize(bias, 0.5F, scales, {0.5F, 3});
  CHECK(r.bias == std::vector<int32_t>{8, -3});
  CHECK(r.multipliers == std::vector{floatsd::to_fixed_point(0.25), floatsd::to_fixed_point(0.5)});
  CHECK(r.output == floatsd::QParams{0.5F, 3});
}

TEST_CASE("One weight scale serves every channel", "[requantize]") {
  const std::vector<float> bias = {1.0F, 2.0F};
  const Requantize r = choose_requantize(bias, 0.5F, std::vector<float>{0.5F}, {});
  CHECK(r.bias == std::vector<int32_t>{4, 8});
}

TEST_CASE("A bias halfway between two units goes to the even one", "[requantize]") {
  const std::vector<float> bias = {0.5F, 1.5F};
  CHECK(choose_requantize(bias, 1.0F, std::vector<float>{1.0F}, {}).bias ==
        std::vector<int32_t>{0, 2});
}

TEST_CASE("A bias beyond 32 bits is refused, and fits at the smallest weight scale",
          "[requantize]") {
  const std::vector<float> bias = {100.0F};
  CHECK_THROWS_AS(choose_requantize(bias, 1e-3F, std::vector<float>{1e-7F}, {}), floatsd::Error);
  const float scale = floatsd::smallest_weight_scale(100.0F, 1e-3F);
  const Requantize r = choose_requantize(bias, 1e-3F, std::vector<float>{scale}, {});
  CHECK(std::abs(r.bias[0] - (1 << 30)) < 1 << 8);
}

TEST_CASE("Under a ReLU codes end at the zero point", "[requantize]") {
  CHECK(Requantize{.output = {1.0F, 7}, .relu = true}.lower_code() == 7);
  CHECK(Requantize{.output = {1.0F, 7}, .relu = false}.lower_code() == 0);
}
