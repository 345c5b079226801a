#pragma once
// A data set that LeNet learns in seconds: the class is the place of a bright block.

#include <cstdint>

#include "floatsd/data/dataset.h"

inline floatsd::data::Dataset tiny_images(int64_t count) {
  floatsd::data::Dataset dataset{
      .name = "tiny", .count = count, .channels = 1, .height = 28, .width = 28, .classes = 10};
  dataset.images.assign(static_cast<size_t>(count * 28 * 28), 0);
  for (int64_t n = 0; n < count; ++n) {
    const int64_t label = n * 7 % 10;
    dataset.labels.push_back(static_cast<uint8_t>(label));
    const int64_t top = label / 4 * 9;
    const int64_t left = label % 4 * 7;
    for (int64_t i = 0; i < 36; ++i) {
      const int64_t at = (top + i / 6) * 28 + left + i % 6;
      dataset.images[static_cast<size_t>(n * 784 + at)] =
          static_cast<uint8_t>(120 + (n * 31 + i * 17) % 130);
    }
  }
  return dataset;
}
