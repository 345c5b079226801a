#include "floatsd/quant/scale_grid.h"

#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;
using quant::ScaleGrid;

TEST_CASE("A scale goes to the power of two that is nearest by ratio", "[scale_grid]") {
  const auto rounded = [](float scale) { return quant::round_to(ScaleGrid::kPowerOfTwo, scale); };
  CHECK(rounded(0.25F) == 0.25F);
  CHECK(rounded(1.41F) == 1.0F);
  CHECK(rounded(1.42F) == 2.0F);
  CHECK(rounded(1.0F / 255) == 0x1p-8F);
  CHECK(rounded(0x1p-23F) == 0x1p-23F);
  const float below = std::sqrt(2.0F);  // 1.41421354, the largest float below the boundary
  CHECK(rounded(below) == 1.0F);
  CHECK(rounded(std::nextafter(below, 2.0F)) == 2.0F);
}

TEST_CASE("Rounding up to a power of two never gives less", "[scale_grid]") {
  const auto up = [](float scale) { return quant::round_up_to(ScaleGrid::kPowerOfTwo, scale); };
  CHECK(up(0.25F) == 0.25F);
  CHECK(up(std::nextafter(0.25F, 1.0F)) == 0.5F);
  CHECK(up(0.3F) == 0.5F);
  CHECK(up(0.0F) == 0.0F);
}

TEST_CASE("Any scale stays where any is allowed", "[scale_grid]") {
  CHECK(quant::round_to(ScaleGrid::kAny, 0.3F) == 0.3F);
  CHECK(quant::round_up_to(ScaleGrid::kAny, 0.3F) == 0.3F);
}

TEST_CASE("A scale grid is known by its name", "[scale_grid]") {
  for (const ScaleGrid grid : {ScaleGrid::kAny, ScaleGrid::kPowerOfTwo}) {
    CHECK(quant::parse_scale_grid(to_string(grid)) == grid);
  }
  CHECK_THROWS_AS(quant::parse_scale_grid("power-of-2"), Error);
}
