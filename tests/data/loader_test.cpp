#include "floatsd/data/loader.h"

#include <stdexcept>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/data/batches.h"

using floatsd::data::Augment;
using floatsd::data::Batch;
using floatsd::data::Dataset;
using floatsd::data::epoch_order;
using floatsd::data::gather;
using floatsd::data::Loader;

namespace {

constexpr Augment kAll = {.crop_padding = 1, .flip = true, .cutout = 1};

/// Images of 2 x 3 bytes, no byte twice, image i with label i.
Dataset numbered(int count) {
  Dataset dataset = {
      .name = "numbered", .count = count, .channels = 1, .height = 2, .width = 3, .classes = 256};
  for (int i = 0; i < count; ++i) {
    dataset.labels.push_back(static_cast<uint8_t>(i));
    for (int pixel = 0; pixel < 6; ++pixel) {
      dataset.images.push_back(static_cast<uint8_t>(1 + 6 * i + pixel));
    }
  }
  return dataset;
}

/// What is left of the epoch, from image batch_size * first_step on, as one batch.
Batch rest_of_epoch(const Dataset& dataset, const Loader::Options& options, int64_t epoch,
                    int64_t first_step) {
  Loader loader(dataset, options, epoch, first_step);
  Batch all;
  const int64_t begin = first_step * options.batch_size;
  while (begin + static_cast<int64_t>(all.labels.size()) < dataset.count) {
    const Batch batch = loader.next();
    all.images.insert(all.images.end(), batch.images.begin(), batch.images.end());
    all.labels.insert(all.labels.end(), batch.labels.begin(), batch.labels.end());
  }
  return all;
}

}  // namespace

TEST_CASE("Without augmentation the batches are the epoch's order, gathered", "[loader]") {
  const Dataset dataset = numbered(10);
  const std::vector<int64_t> order = epoch_order(10, 7, 3);
  Loader loader(dataset, {.batch_size = 4, .seed = 7}, 3, 0);
  CHECK(loader.waited_seconds() == 0);
  for (const auto& [begin, count] : {std::pair<size_t, size_t>{0, 4}, {4, 4}, {8, 2}}) {
    std::vector<uint8_t> images(count * 6);
    std::vector<uint16_t> labels(count);
    gather(dataset, std::span(order).subspan(begin, count), images, labels);
    const Batch batch = loader.next();
    CHECK(batch.images == images);
    CHECK(batch.labels == labels);
  }
  CHECK(loader.waited_seconds() > 0);
}

TEST_CASE("After the epoch's last batch there is none", "[loader]") {
  const Dataset dataset = numbered(5);
  Loader loader(dataset, {.batch_size = 4, .workers = 3}, 0, 0);
  CHECK(loader.next().labels.size() == 4);
  CHECK(loader.next().labels.size() == 1);
  for (int again = 0; again < 2; ++again) {
    CHECK_THROWS_WITH(loader.next(),
                      "numbered: batch 2 was asked for, expected no more than the epoch's 2");
  }
}

TEST_CASE("Batch size and workers do not change what an image goes through", "[loader]") {
  const Dataset dataset = numbered(40);
  const Batch expected = rest_of_epoch(dataset, {.batch_size = 40, .augment = kAll}, 2, 0);
  CHECK(expected.images != rest_of_epoch(dataset, {.batch_size = 40}, 2, 0).images);
  for (const int64_t batch_size : {1, 3, 16, 100}) {
    for (const int workers : {1, 2, 5}) {
      const Batch batch = rest_of_epoch(
          dataset, {.batch_size = batch_size, .augment = kAll, .workers = workers}, 2, 0);
      CHECK(batch.labels == expected.labels);
      CHECK(batch.images == expected.images);
    }
  }
}

TEST_CASE("A loader that begins inside an epoch gives what is left of it", "[loader]") {
  const Dataset dataset = numbered(40);
  const Loader::Options options = {.batch_size = 7, .augment = kAll, .seed = 5, .workers = 2};
  const Batch whole = rest_of_epoch(dataset, options, 1, 0);
  for (const int64_t first_step : {1, 2, 5}) {
    const Batch rest = rest_of_epoch(dataset, options, 1, first_step);
    CHECK(rest.labels ==
          std::vector<uint16_t>(whole.labels.begin() + 7 * first_step, whole.labels.end()));
    CHECK(rest.images ==
          std::vector<uint8_t>(whole.images.begin() + 6 * 7 * first_step, whole.images.end()));
  }
}

TEST_CASE("An image is augmented by its place in the data set, its epoch and the seed",
          "[loader]") {
  const Dataset dataset = numbered(40);
  const auto augmented = [&](uint64_t seed, int64_t epoch) {
    const Batch batch =
        rest_of_epoch(dataset, {.batch_size = 9, .augment = kAll, .seed = seed}, epoch, 0);
    std::vector<uint8_t> by_image(40 * 6);
    for (size_t i = 0; i < 40; ++i) {
      std::copy_n(batch.images.begin() + 6 * i, 6, by_image.begin() + 6 * batch.labels[i]);
    }
    return by_image;
  };
  std::vector<uint8_t> expected = dataset.images;
  for (int64_t i = 0; i < 40; ++i) {
    floatsd::data::distort(std::span(expected).subspan(6 * i, 6), {1, 2, 3},
                           floatsd::data::draw_distortion(kAll, {1, 2, 3}, 1, 0, i));
  }
  CHECK(augmented(1, 0) == expected);
  CHECK(augmented(1, 1) != expected);
  CHECK(augmented(2, 0) != expected);
}

TEST_CASE("An exception in a worker reaches next", "[loader]") {
  Dataset too_large = numbered(4);
  too_large.width = int64_t{1} << 60;  // no vector holds a batch of these
  Loader loader(too_large, {.batch_size = 4, .workers = 2}, 0, 0);
  CHECK_THROWS_AS(loader.next(), std::length_error);
}

TEST_CASE("A loader can be left at any batch", "[loader]") {
  const Dataset dataset = numbered(40);
  for (int taken = 0; taken <= 10; ++taken) {
    for (const int workers : {1, 4}) {
      Loader loader(dataset, {.batch_size = 4, .augment = kAll, .workers = workers}, 0, 0);
      for (int step = 0; step < taken; ++step) {
        REQUIRE(loader.next().labels.size() == 4);
      }
    }
  }
}

TEST_CASE("A loader may begin at an epoch's end and not beyond it", "[loader]") {
  const Dataset dataset = numbered(5);
  CHECK_THROWS_AS(Loader(dataset, {.batch_size = 2}, 0, 3).next(), floatsd::Error);
  CHECK_THROWS_WITH(Loader(dataset, {.batch_size = 2}, 0, 4),
                    "numbered: an epoch from batch 4, expected 0 to 3");
  CHECK_THROWS_WITH(Loader(dataset, {.batch_size = 2}, 0, -1),
                    "numbered: an epoch from batch -1, expected 0 to 3");
}

TEST_CASE("A loader's options out of range are refused by the name of their flag", "[loader]") {
  const Dataset dataset = numbered(5);
  CHECK_THROWS_WITH(Loader(dataset, {.batch_size = 0}, 0, 0), "batch-size: 0, expected 1 or more");
  CHECK_THROWS_WITH(Loader(dataset, {.workers = 0}, 0, 0), "workers: 0, expected 1 or more");
  CHECK_THROWS_WITH(Loader(dataset, {.augment = {.cutout = -1}}, 0, 0),
                    "cutout: -1, expected 0 or more");
}
