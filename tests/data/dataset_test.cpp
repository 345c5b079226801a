#include "floatsd/data/dataset.h"

#include <utility>

#include "catch.h"
#include "data/class_names.h"
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
  CHECK(two.labels == std::vector<uint16_t>{7, 8});
}

TEST_CASE("The first images of a data set that is given away are the same", "[dataset]") {
  Dataset all = kPairs;
  const uint8_t* memory = all.images.data();
  const Dataset two = first(std::move(all), 2);
  CHECK(two.images == std::vector<uint8_t>{1, 2, 3, 4});
  CHECK(two.labels == std::vector<uint16_t>{7, 8});
  CHECK(two.images.data() == memory);
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

TEST_CASE("Images of another shape than a network reads are refused with both shapes",
          "[dataset]") {
  const Dataset images{.name = "small", .channels = 3, .height = 8, .width = 9};
  CHECK_NOTHROW(floatsd::data::check_shape(images, {3, 8, 9}, "net"));
  CHECK_THROWS_WITH(floatsd::data::check_shape(images, {3, 9, 8}, "net"),
                    "small: images of 3 x 8 x 9, expected 3 x 9 x 8, which is what net reads");
}

TEST_CASE("Images or labels that are not there, and labels of no class, are refused", "[dataset]") {
  CHECK_NOTHROW(floatsd::data::check_images(kPairs));
  CHECK_NOTHROW(floatsd::data::check_labels(kPairs));
  Dataset more = kPairs;
  more.count = 4;
  CHECK_THROWS_WITH(floatsd::data::check_images(more),
                    "pairs: 6 bytes of images, expected 2 for each of 4");
  CHECK_THROWS_WITH(floatsd::data::check_labels(more), "pairs: 3 labels, expected 4");
  more.count = -1;
  CHECK_THROWS_AS(floatsd::data::check_images(more), floatsd::Error);
  Dataset fewer_classes = kPairs;
  fewer_classes.classes = 9;
  CHECK_THROWS_WITH(floatsd::data::check_labels(fewer_classes), "pairs: label 9, expected 0 to 8");
}

TEST_CASE("A class that has another number in the network is refused by its name", "[dataset]") {
  Dataset named = kPairs;
  named.classes = 3;
  named.class_names = {"cat", "dog", "emu"};
  check_class_names(named, {"cat", "dog", "emu"}, "net");
  check_class_names(named, {}, "net");
  check_class_names(kPairs, {"cat", "dog", "emu"}, "net");
  check_class_names(named, {"Katze", "Hund", "emu"}, "net");  // other words for them
  CHECK_THROWS_WITH(check_class_names(named, {"ant", "cat", "dog"}, "net"),
                    "pairs: 'cat' is class 0, but class 1 of net; expected its classes in the "
                    "same order");
}
