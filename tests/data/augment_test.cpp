#include "floatsd/data/augment.h"

#include <array>
#include <cstdlib>
#include <map>
#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::data::Augment;
using floatsd::data::distort;
using floatsd::data::Distortion;
using floatsd::data::draw_distortion;
using floatsd::data::ImageShape;
using floatsd::data::Rectangle;

namespace {

using Image = std::vector<uint8_t>;

constexpr ImageShape kShape = {.channels = 1, .height = 3, .width = 4};

Image distorted(const Distortion& distortion) {
  Image image = {1, 2,  3,  4,  //
                 5, 6,  7,  8,  //
                 9, 10, 11, 12};
  distort(image, kShape, distortion);
  return image;
}

Distortion draw(const Augment& augment, int64_t index) {
  return draw_distortion(augment, kShape, 1, 0, index);
}

/// A rectangle as a key for maps.
std::array<int64_t, 4> key(const Rectangle& box) {
  return {box.top, box.left, box.bottom, box.right};
}

}  // namespace

TEST_CASE("A crop shifts the image and fills with zeros", "[augment]") {
  CHECK(distorted({.top = 1, .left = -1}) == Image{0, 5, 6, 7,    //
                                                   0, 9, 10, 11,  //
                                                   0, 0, 0, 0});
  CHECK(distorted({.top = -1, .left = 2}) == Image{0, 0, 0, 0,  //
                                                   3, 4, 0, 0,  //
                                                   7, 8, 0, 0});
  CHECK(distorted({.left = 1}) == Image{2, 3, 4, 0, 6, 7, 8, 0, 10, 11, 12, 0});
  CHECK(distorted({.left = -3}) == Image{0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 9});
  CHECK(distorted({.top = 2}) == Image{9, 10, 11, 12, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(distorted({.top = -2}) == Image{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4});
}

TEST_CASE("A crop that lies wholly in the padding is zero", "[augment]") {
  for (const Distortion& outside : {Distortion{.top = 3}, Distortion{.top = -5},
                                    Distortion{.left = 4}, Distortion{.left = -9}}) {
    CHECK(distorted(outside) == Image(12, 0));
  }
}

TEST_CASE("A mirrored image has its columns in reverse", "[augment]") {
  CHECK(distorted({.mirrored = true}) == Image{4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9});
}

TEST_CASE("A cutout is a rectangle of zeros", "[augment]") {
  CHECK(distorted({.cutout = {.top = 0, .left = 2, .bottom = 2, .right = 4}}) ==
        Image{1, 2, 0, 0, 5, 6, 0, 0, 9, 10, 11, 12});
}

TEST_CASE("The order is crop, mirror, cutout", "[augment]") {
  CHECK(distorted({.top = 1,
                   .left = -1,
                   .mirrored = true,
                   .cutout = {.top = 0, .left = 0, .bottom = 1, .right = 2}}) ==
        Image{0, 0, 5, 0, 11, 10, 9, 0, 0, 0, 0, 0});
}

TEST_CASE("Without any distortion an image stays as it is", "[augment]") {
  CHECK(distorted({}) == Image{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("Each channel of an image goes through the same", "[augment]") {
  Image image = {1, 2, 3, 4, 5, 6, 7, 8};
  distort(image, {.channels = 2, .height = 2, .width = 2},
          {.top = 1, .mirrored = true, .cutout = {.top = 0, .left = 1, .bottom = 1, .right = 2}});
  CHECK(image == Image{4, 0, 0, 0, 8, 0, 0, 0});
}

TEST_CASE("An image of another size than its shape is refused", "[augment]") {
  Image image(11);
  CHECK_THROWS_WITH(distort(image, kShape, {}), "augment: an image of 11 bytes, expected 12");
}

TEST_CASE("Every crop offset from -padding to padding is equally likely", "[augment]") {
  std::map<std::array<int64_t, 2>, int> times;
  for (int64_t index = 0; index < 9000; ++index) {
    const Distortion drawn = draw({.crop_padding = 1}, index);
    REQUIRE(std::abs(drawn.top) <= 1);
    REQUIRE(std::abs(drawn.left) <= 1);
    ++times[{drawn.top, drawn.left}];
  }
  REQUIRE(times.size() == 9);
  for (const auto& [offset, count] : times) {
    CHECK(count > 880);  // 1000 expected, standard deviation 30
    CHECK(count < 1120);
  }
}

TEST_CASE("Half of the images are mirrored", "[augment]") {
  int mirrored = 0;
  for (int64_t index = 0; index < 2000; ++index) {
    mirrored += draw({.flip = true}, index).mirrored ? 1 : 0;
  }
  CHECK(mirrored > 910);  // 1000 expected, standard deviation 22
  CHECK(mirrored < 1090);
}

TEST_CASE("A cutout's square lies around every pixel equally often, clipped", "[augment]") {
  std::map<std::array<int64_t, 4>, int> times;
  for (int64_t index = 0; index < 12000; ++index) {
    ++times[key(draw({.cutout = 2}, index).cutout)];
  }
  CHECK(times.size() == 12);
  const std::array<std::array<int64_t, 2>, 3> rows = {{{0, 1}, {0, 2}, {1, 3}}};
  const std::array<std::array<int64_t, 2>, 4> columns = {{{0, 1}, {0, 2}, {1, 3}, {2, 4}}};
  for (const auto& row : rows) {
    for (const auto& column : columns) {
      const int count = times[{row[0], column[0], row[1], column[1]}];
      CHECK(count > 880);  // 1000 expected, standard deviation 30
      CHECK(count < 1120);
    }
  }
}

TEST_CASE("A cutout of odd side has its pixel in the middle", "[augment]") {
  std::map<std::array<int64_t, 4>, int> times;
  for (int64_t index = 0; index < 1000; ++index) {
    ++times[key(draw({.cutout = 3}, index).cutout)];
  }
  CHECK(times.count({0, 0, 3, 3}) == 1);  // around row 1, column 1
  CHECK(times.count({1, 2, 3, 4}) == 1);  // around row 2, column 3
}

TEST_CASE("A cutout larger than the image covers it", "[augment]") {
  CHECK(draw({.cutout = 99}, 0).cutout == Rectangle{0, 0, 3, 4});
}

TEST_CASE("With nothing asked for nothing is drawn", "[augment]") {
  for (int64_t index = 0; index < 100; ++index) {
    REQUIRE(draw({}, index) == Distortion{});
  }
}

TEST_CASE("What is drawn does not change with the other augmentations", "[augment]") {
  for (int64_t index = 0; index < 100; ++index) {
    const Distortion all = draw({.crop_padding = 4, .flip = true, .cutout = 2}, index);
    const Distortion crop = draw({.crop_padding = 4}, index);
    REQUIRE(crop.top == all.top);
    REQUIRE(crop.left == all.left);
    REQUIRE(draw({.flip = true}, index).mirrored == all.mirrored);
    REQUIRE(draw({.cutout = 2}, index).cutout == all.cutout);
  }
}

TEST_CASE("A draw differs by seed, epoch and image, to their highest bits", "[augment]") {
  const Augment augment = {.crop_padding = 1000, .flip = true, .cutout = 2};
  const Distortion drawn = draw_distortion(augment, kShape, 1, 2, 3);
  CHECK(draw_distortion(augment, kShape, 1, 2, 3) == drawn);
  CHECK(draw_distortion(augment, kShape, 2, 2, 3) != drawn);
  CHECK(draw_distortion(augment, kShape, 1, 3, 3) != drawn);
  CHECK(draw_distortion(augment, kShape, 1, 2, 4) != drawn);
  const int64_t high = int64_t{1} << 32;
  CHECK(draw_distortion(augment, kShape, 1 + high, 2, 3) != drawn);
  CHECK(draw_distortion(augment, kShape, 1, 2 + high, 3) != drawn);
  CHECK(draw_distortion(augment, kShape, 1, 2, 3 + high) != drawn);
  CHECK(draw_distortion(augment, kShape, 2, 1, 3) != drawn);
}

TEST_CASE("The draw for an image is what it has always been", "[augment]") {
  const Distortion drawn = draw_distortion({.crop_padding = 4, .flip = true, .cutout = 8},
                                           {.channels = 3, .height = 32, .width = 32}, 1, 2, 3);
  CHECK(drawn.top == -3);
  CHECK(drawn.left == -3);
  CHECK(drawn.mirrored);
  CHECK(key(drawn.cutout) == std::array<int64_t, 4>{5, 16, 13, 24});
}

TEST_CASE("Negative augmentations are refused by the name of their flag", "[augment]") {
  CHECK_THROWS_WITH(floatsd::data::check(Augment{.crop_padding = -1}),
                    "crop-padding: -1, expected 0 or more");
  CHECK_THROWS_WITH(floatsd::data::check(Augment{.cutout = -2}), "cutout: -2, expected 0 or more");
}

TEST_CASE("Augmentations that leave nothing of an image are refused", "[augment]") {
  const floatsd::data::ImageShape shape = {.channels = 1, .height = 28, .width = 32};
  CHECK_NOTHROW(floatsd::data::check(Augment{.crop_padding = 28, .cutout = 28}, shape));
  CHECK_THROWS_WITH(floatsd::data::check(Augment{.crop_padding = 29}, shape),
                    "crop-padding: 29, expected at most 28, a side of the images");
  CHECK_THROWS_WITH(floatsd::data::check(Augment{.cutout = INT32_MAX}, shape),
                    "cutout: 2147483647, expected at most 28, a side of the images");
  CHECK_THROWS_WITH(floatsd::data::check(Augment{.cutout = -2}, shape),
                    "cutout: -2, expected 0 or more");
}
