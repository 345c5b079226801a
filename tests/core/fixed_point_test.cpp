#include "floatsd/core/fixed_point.h"

#include <cmath>
#include <cstdint>
#include <random>

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::FixedPoint;
using floatsd::multiply_round;
using floatsd::to_fixed_point;

TEST_CASE("One half becomes multiplier 2^15 with shift 16", "[fixed_point]") {
  CHECK(to_fixed_point(0.5) == FixedPoint{1 << 15, 16});
  CHECK(to_fixed_point(1.0) == FixedPoint{1 << 15, 15});
  CHECK(to_fixed_point(0.75) == FixedPoint{3 << 14, 16});
}

TEST_CASE("A fraction that rounds up to 2^16 is renormalized", "[fixed_point]") {
  CHECK(to_fixed_point(std::nextafter(1.0, 0.0)) == FixedPoint{1 << 15, 15});
}

TEST_CASE("A multiplier keeps its range and a relative error of 2^-16", "[fixed_point]") {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(-31.9, 13.9);
  for (int i = 0; i < 10000; ++i) {
    const double real = std::exp2(exponent(random));
    const FixedPoint fixed = to_fixed_point(real);
    REQUIRE(fixed.multiplier >= 1 << 15);
    REQUIRE(fixed.multiplier < 1 << 16);
    REQUIRE(fixed.shift >= 1);
    REQUIRE(fixed.shift <= 47);
    REQUIRE(std::fabs(std::ldexp(fixed.multiplier, -fixed.shift) / real - 1) <= 0x1p-16);
  }
}

TEST_CASE("A multiplier too small for any accumulator is zero", "[fixed_point]") {
  CHECK(to_fixed_point(0) == FixedPoint{});
  CHECK(to_fixed_point(0x1p-33) == FixedPoint{});
  CHECK(multiply_round((int64_t{1} << 31) - 1, to_fixed_point(0x1p-32)) == 0);
}

TEST_CASE("A multiplier outside its range is refused", "[fixed_point]") {
  CHECK_THROWS_AS(to_fixed_point(0x1p14), floatsd::Error);
  CHECK_THROWS_AS(to_fixed_point(-1), floatsd::Error);
  CHECK_THROWS_AS(to_fixed_point(NAN), floatsd::Error);
}

TEST_CASE("Requantization rounds half towards plus infinity", "[fixed_point]") {
  const FixedPoint half = to_fixed_point(0.5);
  CHECK(multiply_round(1, half) == 1);
  CHECK(multiply_round(3, half) == 2);
  CHECK(multiply_round(-1, half) == 0);
  CHECK(multiply_round(-3, half) == -1);
  CHECK(multiply_round(-2, half) == -1);
}

TEST_CASE("Requantization clamps at 255, at 0 and, under a ReLU, at the zero point",
          "[fixed_point]") {
  const FixedPoint one = to_fixed_point(1);
  CHECK(floatsd::requantize(300, one, 10, 0) == 255);
  CHECK(floatsd::requantize(-300, one, 10, 0) == 0);
  CHECK(floatsd::requantize(-3, one, 10, 0) == 7);
  CHECK(floatsd::requantize(-3, one, 10, 10) == 10);
}
