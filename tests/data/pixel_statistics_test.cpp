#include "floatsd/data/pixel_statistics.h"

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::data::Dataset;
using floatsd::data::pixel_statistics;
using floatsd::data::PixelStatistics;

TEST_CASE("Mean and deviation are each channel's own, over 255", "[pixel_statistics]") {
  const Dataset dataset{.name = "two",
                        .count = 2,
                        .channels = 2,
                        .height = 1,
                        .width = 2,
                        .classes = 1,
                        .images = {0, 255, 10, 10, 255, 0, 10, 10},
                        .labels = {0, 0}};
  const PixelStatistics statistics = pixel_statistics(dataset);
  CHECK(statistics.mean == std::vector<double>{0.5, 10.0 / 255});
  CHECK(statistics.deviation == std::vector<double>{0.5, 1});  // 1: the channel is constant
}

TEST_CASE("Mean and deviation of no images are refused", "[pixel_statistics]") {
  CHECK_THROWS_WITH(pixel_statistics({.name = "none", .channels = 1, .height = 2, .width = 2}),
                    "none: mean and deviation of no pixels, expected at least one image");
}

TEST_CASE("The mean of images of which bytes are missing is refused", "[pixel_statistics]") {
  const floatsd::data::Dataset images{
      .name = "cut", .count = 2, .channels = 1, .height = 1, .width = 2, .images = {1, 2, 3}};
  CHECK_THROWS_WITH(floatsd::data::pixel_statistics(images),
                    "cut: 3 bytes of images, expected 2 for each of 2");
}
