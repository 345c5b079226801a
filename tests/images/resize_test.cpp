#include "images/resize.h"

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::images::ImageSize;
using floatsd::images::parse_size;
using floatsd::images::resize;

using Bytes = std::vector<uint8_t>;

TEST_CASE("An image of the wanted size stays as it is", "[resize]") {
  CHECK(resize(Bytes{1, 2, 3, 4, 5, 6}, 1, {2, 3}, {2, 3}) == Bytes{1, 2, 3, 4, 5, 6});
}

TEST_CASE("An image of the right height loses what it has at its sides", "[resize]") {
  CHECK(resize(Bytes{1, 2, 3, 4, 5}, 1, {1, 5}, {1, 2}) == Bytes{2, 3});
  CHECK(resize(Bytes{1, 2, 3, 4, 5}, 1, {5, 1}, {2, 1}) == Bytes{2, 3});
}

TEST_CASE("Half a size is a mean with weights 1, 3, 3, 1", "[resize]") {
  // At the border one of the four is missing: (3 * 0 + 3 * 80 + 160) / 7 = 57.1.
  CHECK(resize(Bytes{0, 80, 160, 240, 0, 80, 160, 240}, 1, {2, 4}, {1, 2}) == Bytes{57, 183});
}

TEST_CASE("Twice a size is linear between pixels", "[resize]") {
  CHECK(resize(Bytes{0, 100}, 1, {1, 2}, {2, 4}) == Bytes{0, 25, 75, 100, 0, 25, 75, 100});
}

TEST_CASE("Each channel is resized by itself", "[resize]") {
  CHECK(resize(Bytes{7, 7, 7, 7, 9, 9, 9, 9}, 2, {2, 2}, {1, 1}) == Bytes{7, 9});
}

TEST_CASE("A strip of extreme length is resized without the room that all of it would take",
          "[resize]") {
  CHECK(resize(Bytes(100000, 5), 1, {1, 100000}, {4096, 4}).size() == size_t{4096} * 4);
}

TEST_CASE("A size is two numbers with an x between", "[resize]") {
  CHECK(parse_size("32x48") == ImageSize{32, 48});
  for (const char* text :
       {"", "32", "x", "32x", "x48", "0x4", "4x-1", "32x48x3", "4097x1", "3 x4"}) {
    CHECK_THROWS_WITH(parse_size(text),
                      "size '" + std::string(text) +
                          "', expected HEIGHTxWIDTH, as in 32x48, each side 1 to 4096");
  }
}
