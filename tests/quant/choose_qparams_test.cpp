#include "quant/choose_qparams.h"

#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"
#include "ops/range.h"

using floatsd::QParams;
using floatsd::ops::Range;
using floatsd::quant::choose_activation_qparams;
using floatsd::quant::choose_weight_scales;
using floatsd::quant::ScaleGrid;

TEST_CASE("A range after a ReLU has zero point 0", "[choose_qparams]") {
  CHECK(choose_activation_qparams(0.0F, 2.55F) == QParams{2.55F / 255, 0});
  CHECK(choose_activation_qparams(0.5F, 2.55F) == QParams{2.55F / 255, 0});
}

TEST_CASE("A range with both signs holds zero exactly", "[choose_qparams]") {
  CHECK(choose_activation_qparams(-1.0F, 3.0F) == QParams{4.0F / 255, 64});
  CHECK(choose_activation_qparams(-2.0F, -1.0F) == QParams{2.0F / 255, 255});
}

TEST_CASE("A range that is a point at zero gets the smallest scale", "[choose_qparams]") {
  CHECK(choose_activation_qparams(0.0F, 0.0F) == QParams{floatsd::quant::kSmallestScale, 0});
}

TEST_CASE("A range that is not finite ends the training", "[choose_qparams]") {
  CHECK_THROWS_AS(choose_activation_qparams(0.0F, INFINITY), floatsd::Diverged);
  CHECK_THROWS_AS(choose_activation_qparams(NAN, 1.0F), floatsd::Diverged);
}

TEST_CASE("The largest weight becomes the largest level", "[choose_qparams]") {
  const Range range{{-6.4F, -1.0F, 0.0F}, {3.2F, 12.8F, 0.0F}};
  CHECK(choose_weight_scales(range, floatsd::find_codebook("floatsd4")) ==
        std::vector<float>{6.4F / 64, 12.8F / 64, floatsd::quant::kSmallestScale});
}

TEST_CASE("Powers of two take the nearest scale and leave the zero point where it was",
          "[choose_qparams]") {
  CHECK(choose_activation_qparams(0.0F, 2.55F, ScaleGrid::kPowerOfTwo) == QParams{0x1p-7F, 0});
  CHECK(choose_activation_qparams(-1.0F, 3.0F, ScaleGrid::kPowerOfTwo) == QParams{0x1p-6F, 64});
  CHECK(choose_activation_qparams(-1.0F, 4.0F, ScaleGrid::kPowerOfTwo) == QParams{0x1p-6F, 51});
  const Range range{{-6.4F, -64.0F}, {3.2F, 12.8F}};
  CHECK(choose_weight_scales(range, floatsd::find_codebook("floatsd4"), ScaleGrid::kPowerOfTwo) ==
        std::vector<float>{0.125F, 1.0F});
}

TEST_CASE("Symmetric activations have their zero in the middle, or lowest where none is negative",
          "[qparams]") {
  using floatsd::quant::ActivationScheme;
  using floatsd::quant::ScaleGrid;
  const auto symmetric = [](float min, float max, ScaleGrid grid = ScaleGrid::kAny) {
    return choose_activation_qparams(min, max, grid, ActivationScheme::kSymmetric);
  };
  CHECK(symmetric(-1.0F, 3.0F) == QParams{6.0F / 255, 128});
  CHECK(symmetric(-3.0F, 1.0F) == QParams{6.0F / 255, 128});
  CHECK(symmetric(-2.0F, -1.0F) == QParams{4.0F / 255, 128});
  CHECK(symmetric(0.0F, 2.55F) == choose_activation_qparams(0.0F, 2.55F));
  CHECK(symmetric(-3.0F, 1.0F, ScaleGrid::kPowerOfTwo) == QParams{0x1p-5F, 128});
  CHECK(floatsd::quant::parse_activation_scheme("symmetric") == ActivationScheme::kSymmetric);
  CHECK_THROWS_WITH(floatsd::quant::parse_activation_scheme("symetric"),
                    "activation scheme 'symetric' is unknown: did you mean 'symmetric'?");
}
