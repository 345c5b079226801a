#include "floatsd/data/batches.h"

#include <algorithm>
#include <array>

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::data::Dataset;
using floatsd::data::epoch_order;
using floatsd::data::gather;

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

TEST_CASE("An epoch visits every image once", "[batches]") {
  for (const int64_t count : {0, 1, 2, 1000}) {
    std::vector<int64_t> order = epoch_order(count, 1, 0);
    std::sort(order.begin(), order.end());
    REQUIRE(order.size() == static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      REQUIRE(order[i] == i);
    }
  }
}

TEST_CASE("The order differs by epoch and by seed, to their highest bits, and is repeatable",
          "[batches]") {
  const auto order = epoch_order(100, 1, 0);
  CHECK(epoch_order(100, 1, 0) == order);
  CHECK(epoch_order(100, 1, 1) != order);
  CHECK(epoch_order(100, 2, 0) != order);
  CHECK(epoch_order(100, 1 + (uint64_t{1} << 32), 0) != order);
  CHECK(epoch_order(100, 0, 1) != order);
}

TEST_CASE("The order of ten images is what it has always been", "[batches]") {
  CHECK(epoch_order(10, 1, 0) == std::vector<int64_t>{2, 1, 8, 9, 6, 7, 3, 5, 0, 4});
}

TEST_CASE("Every image comes first about equally often", "[batches]") {
  std::array<int, 3> first{};
  for (int64_t epoch = 0; epoch < 3000; ++epoch) {
    ++first[epoch_order(3, 1, epoch)[0]];
  }
  for (const int times : first) {
    CHECK(times > 900);  // 1000 expected, standard deviation 26
    CHECK(times < 1100);
  }
}

TEST_CASE("A batch holds the images and labels asked for, in that order", "[batches]") {
  const std::vector<int64_t> indices = {2, 0, 2};
  std::vector<uint8_t> images(6);
  std::vector<uint16_t> labels(3);
  gather(kPairs, indices, images, labels);
  CHECK(images == std::vector<uint8_t>{5, 6, 1, 2, 5, 6});
  CHECK(labels == std::vector<uint16_t>{9, 7, 9});
}

TEST_CASE("A batch of another size or with an image that is not there is refused", "[batches]") {
  std::vector<uint8_t> images(2);
  std::vector<uint16_t> labels(1);
  CHECK_THROWS_WITH(gather(kPairs, std::vector<int64_t>{0, 1}, images, labels),
                    "pairs: a batch with room for 2 bytes and 1 labels, expected 4 and 2");
  CHECK_THROWS_WITH(gather(kPairs, std::vector<int64_t>{3}, images, labels),
                    "pairs: image 3, expected 0 to 2");
  CHECK_THROWS_AS(gather(kPairs, std::vector<int64_t>{-1}, images, labels), floatsd::Error);
  floatsd::data::Dataset unlabelled = kPairs;
  unlabelled.labels.pop_back();
  CHECK_THROWS_WITH(gather(unlabelled, std::vector<int64_t>{2}, images, labels),
                    "pairs: image 2, expected 0 to 1");
  unlabelled.images.pop_back();
  CHECK_THROWS_AS(gather(unlabelled, std::vector<int64_t>{0}, images, labels), floatsd::Error);
}
