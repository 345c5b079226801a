#include "floatsd/data/hold_out.h"

#include <algorithm>

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::data::Dataset;
using floatsd::data::HeldOut;
using floatsd::data::hold_out;

namespace {

/// Image i is the byte i, with the label 1000 + i.
Dataset counted(int count) {
  Dataset dataset{.name = "counted",
                  .count = count,
                  .channels = 1,
                  .height = 1,
                  .width = 1,
                  .classes = 2000,
                  .class_names = {"a"}};
  for (int i = 0; i < count; ++i) {
    dataset.images.push_back(static_cast<uint8_t>(i));
    dataset.labels.push_back(static_cast<uint16_t>(1000 + i));
  }
  return dataset;
}

}  // namespace

TEST_CASE("Each image is held out or trained on, never both", "[hold_out]") {
  const HeldOut parts = hold_out(counted(100), 30, 1);
  CHECK(parts.training.count == 70);
  CHECK(parts.validation.count == 30);
  CHECK(parts.validation.classes == 2000);
  CHECK(parts.validation.class_names == std::vector<std::string>{"a"});
  std::vector<uint8_t> all = parts.training.images;
  all.insert(all.end(), parts.validation.images.begin(), parts.validation.images.end());
  CHECK(std::is_sorted(all.begin(), all.begin() + 70));
  CHECK(std::is_sorted(all.begin() + 70, all.end()));
  std::sort(all.begin(), all.end());
  CHECK(all == counted(100).images);
  for (size_t i = 0; i < 30; ++i) {
    CHECK(parts.validation.labels[i] == 1000 + parts.validation.images[i]);
  }
}

TEST_CASE("The images that a seed holds out are the same on every machine", "[hold_out]") {
  const HeldOut parts = hold_out(counted(10), 4, 1);
  CHECK(parts.validation.images == hold_out(counted(10), 4, 1).validation.images);
  CHECK(parts.validation.images == std::vector<uint8_t>{2, 3, 7, 8});
  CHECK(hold_out(counted(100), 30, 1).validation.images !=
        hold_out(counted(100), 30, 2).validation.images);
}

TEST_CASE("Holding out none, all or more is refused", "[hold_out]") {
  for (const int64_t n : {int64_t{-1}, int64_t{0}, int64_t{10}, int64_t{11}}) {
    CHECK_THROWS_WITH(
        hold_out(counted(10), n, 1),
        "counted: " + std::to_string(n) + " of 10 training images to hold out, expected 1 to 9");
  }
}
