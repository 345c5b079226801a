#include "floatsd/data/dataset.h"

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::data::Dataset;
using floatsd::data::first;

namespace {

const Dataset kPairs = {.name = "pairs",
                        .count = 3,
                        .channels = 1,
                        .height = 1,
                        .width = 2,
                        .classes = 10,
                        .images = {1, 2, 3, 4, 5, 6},
                        .labels = {7, 8, 9}};

}  // namespace

TEST_CASE("The first images keep their pixels and labels", "[dataset]") {
  const Dataset two = first(kPairs, 2);
  CHECK(two.count == 2);
  CHECK(two.images == std::vector<uint8_t>{1, 2, 3, 4});
  CHECK(two.labels == std::vector<uint8_t>{7, 8});
}

TEST_CASE("More images than there are is all of them", "[dataset]") {
  CHECK(first(kPairs, 3).images == kPairs.images);
  CHECK(first(kPairs, 4).count == 3);
}

TEST_CASE("Less than one image is refused", "[dataset]") {
  CHECK_THROWS_WITH(first(kPairs, 0),
                    "pairs: the first 0 images were asked for, expected at least 1");
  CHECK_THROWS_AS(first(kPairs, -1), floatsd::Error);
}
