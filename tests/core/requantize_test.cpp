#include "floatsd/core/requantize.h"

#include <array>
#include <cmath>
#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::add_codes;
using floatsd::AddRequantize;
using floatsd::choose_add_requantize;
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

TEST_CASE("Summands of equal scales have equal multipliers, exact where the scale doubles",
          "[requantize]") {
  const AddRequantize sum = choose_add_requantize({0.25F, 0.25F}, {0.5F, 10});
  CHECK(sum.multipliers == std::array<int32_t, 2>{1 << 15, 1 << 15});
  CHECK(sum.shift == 16);
  CHECK(sum.output == floatsd::QParams{0.5F, 10});
}

TEST_CASE("A sum is rounded once, half up, below zero too", "[requantize]") {
  const AddRequantize halves = choose_add_requantize({0.25F, 0.25F}, {0.5F, 10});
  CHECK(add_codes(1, 1, halves) == 11);   // 1/2 + 1/2: two roundings would give 12
  CHECK(add_codes(1, 2, halves) == 12);   // 3/2
  CHECK(add_codes(1, 0, halves) == 11);   // 1/2
  CHECK(add_codes(-1, 0, halves) == 10);  // -1/2
  CHECK(add_codes(-1, -2, halves) == 9);  // -3/2
  CHECK(add_codes(100, -100, halves) == 10);
}

TEST_CASE("The larger scale sets the shift of a sum, the smaller one's multiplier is in its unit",
          "[requantize]") {
  using Multipliers = std::array<int32_t, 2>;
  CHECK(choose_add_requantize({1.0F, 0x1p-10F}, {1.0F, 0}).multipliers == Multipliers{1 << 15, 32});
  CHECK(choose_add_requantize({0x1p-10F, 1.0F}, {1.0F, 0}).multipliers == Multipliers{32, 1 << 15});
  CHECK(choose_add_requantize({1.0F, 0x1p-10F}, {1.0F, 0}).shift == 15);
  // 3/2 and 5/2 units: ties go to the even multiplier. 1/32 of a unit is nothing.
  CHECK(choose_add_requantize({1.0F, 0x3p-16F}, {1.0F, 0}).multipliers[1] == 2);
  CHECK(choose_add_requantize({1.0F, 0x5p-16F}, {1.0F, 0}).multipliers[1] == 2);
  CHECK(choose_add_requantize({1.0F, 0x1p-20F}, {1.0F, 0}).multipliers[1] == 0);
}

TEST_CASE("A sum's scales that round up to a power of two keep multipliers below 2^16",
          "[requantize]") {
  const float below_one = std::nextafter(1.0F, 0.0F);
  const AddRequantize sum = choose_add_requantize({below_one, 0.5F}, {1.0F, 0});
  CHECK(sum.multipliers == std::array<int32_t, 2>{1 << 15, 1 << 14});
  CHECK(sum.shift == 15);
}

TEST_CASE("A sum too small for its output scale is zero, one too large is refused",
          "[requantize]") {
  CHECK(choose_add_requantize({0x1p-40F, 0x1p-33F}, {1.0F, 0}) == AddRequantize{});
  CHECK_THROWS_AS(choose_add_requantize({1.0F, 0x1p14F}, {1.0F, 0}), floatsd::Error);
}

TEST_CASE("The code of a sum ends at 0 and 255, under a ReLU at the zero point", "[requantize]") {
  AddRequantize sum = choose_add_requantize({1.0F, 1.0F}, {1.0F, 10});
  CHECK(add_codes(200, 100, sum) == 255);
  CHECK(add_codes(-3, -4, sum) == 3);
  CHECK(add_codes(-200, 100, sum) == 0);
  sum.relu = true;
  CHECK(add_codes(-3, -4, sum) == 10);
  CHECK(add_codes(-3, 4, sum) == 11);
}

TEST_CASE("The multiplier of a mean divides by the pixels", "[requantize]") {
  CHECK(floatsd::average_multiplier(0.5F, 16, 0.25F) == floatsd::to_fixed_point(0.125));
  CHECK(floatsd::average_multiplier(1.0F, 1, 1.0F) == floatsd::to_fixed_point(1.0));
  CHECK(floatsd::average_multiplier(0.25F, 49, 0.5F) == floatsd::to_fixed_point(0.5 / 49));
}
