#include "core/minifloat.h"

#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;

namespace {

struct Rounded {
  float x, value;
};

void check_rounding(const char* name, const std::vector<Rounded>& vectors) {
  for (const auto& [x, value] : vectors) {
    INFO(name << " of " << x);
    CHECK(round_to(find_minifloat(name), x, Overflow::kSaturate) == value);
    CHECK(round_to(find_minifloat(name), -x, Overflow::kSaturate) == -value);
  }
}

}  // namespace

TEST_CASE("The FloatSD work's FP8 1-5-2 rounds half away and keeps what is near its smallest",
          "[minifloat]") {
  const float smallest = std::ldexp(1.25F, -24);
  check_rounding("fp8-1-5-2", {{0, 0},
                               {1.1F, 1},
                               {1.125F, 1.25F},
                               {1.375F, 1.5F},
                               {3.3F, 3.5F},
                               {239, 224},
                               {240, 224},
                               {std::numeric_limits<float>::infinity(), 224},
                               {std::ldexp(1.0F, -24), smallest},
                               {std::ldexp(1.0F, -25), smallest},
                               {std::ldexp(1.9F, -26), smallest},
                               {std::ldexp(1.8F, -26), 0},
                               {std::numeric_limits<float>::denorm_min(), 0}});
}

TEST_CASE("FP8 1-4-3 ends at 15 and begins at 1.125 * 2^-12", "[minifloat]") {
  check_rounding("fp8-1-4-3", {{14.9F, 15},
                               {15.5F, 15},
                               {16, 15},
                               {std::ldexp(1.0F, -12), std::ldexp(1.125F, -12)},
                               {1.0625F, 1.125F}});
}

TEST_CASE("OCP FP8 rounds half to even, with subnormals", "[minifloat]") {
  check_rounding("fp8-e4m3", {{1.0625F, 1},
                              {1.1875F, 1.25F},
                              {464, 448},
                              {1e30F, 448},
                              {std::ldexp(1.0F, -9), std::ldexp(1.0F, -9)},
                              {std::ldexp(1.0F, -10), 0},
                              {std::ldexp(1.5F, -9), std::ldexp(1.0F, -8)}});
  check_rounding("fp8-e5m2", {{61440, 57344}, {std::ldexp(1.0F, -17), 0}});
}

TEST_CASE("What is too large can be told from the largest", "[minifloat]") {
  CHECK(round_to(find_minifloat("fp8-1-5-2"), 239, Overflow::kInfinite) == 224);
  CHECK(std::isinf(round_to(find_minifloat("fp8-1-5-2"), 240, Overflow::kInfinite)));
  CHECK(std::isinf(round_to(find_minifloat("fp8-e5m2"), -61440, Overflow::kInfinite)));
  CHECK(round_to(find_minifloat("fp8-e4m3"), 463, Overflow::kInfinite) == 448);
  CHECK(std::isnan(round_to(find_minifloat("fp8-e4m3"), 465, Overflow::kInfinite)));
  CHECK(std::isnan(round_to(find_minifloat("fp8-e4m3"), NAN, Overflow::kSaturate)));
}

TEST_CASE("Every code's value has that code, and rounds to itself", "[minifloat]") {
  for (const Minifloat& format : minifloats()) {
    int finite = 0;
    for (int code = 0; code < 256; ++code) {
      const float value = decode(format, static_cast<uint8_t>(code));
      if (std::isfinite(value)) {
        INFO(format.name << " code " << code << " value " << value);
        ++finite;
        CHECK(round_to(format, value, Overflow::kInfinite) == value);
        CHECK(encode(format, value) == code);
      }
    }
    INFO(format.name);
    CHECK(finite == (format.name == "fp8-e4m3" ? 254 : format.name == "fp8-e5m2" ? 248 : 256));
  }
}

TEST_CASE("FP8 codes are those of their definitions", "[minifloat]") {
  CHECK(encode(find_minifloat("fp8-e4m3"), 448) == 0x7E);
  CHECK(encode(find_minifloat("fp8-e5m2"), -1) == 0xBC);
  CHECK(encode(find_minifloat("fp8-1-5-2"), 1) == 24 << 2);  // bias 24
  CHECK(encode(find_minifloat("fp8-1-5-2"), 1e9F) == 0x7F);
  CHECK(encode(find_minifloat("fp8-e5m2"), NAN) == 0x7D);
  CHECK_THROWS_WITH(encode(find_minifloat("fp8-1-5-2"), NAN),
                    "fp8-1-5-2: there is no code for NaN");
}

TEST_CASE("An unknown signal format gets a suggestion", "[minifloat]") {
  CHECK_THROWS_WITH(find_minifloat("fp8-e4m4"),
                    "signal format 'fp8-e4m4' is unknown: did you mean 'fp8-e4m3'?");
}
