#include "floatsd/data/hold_out.h"

#include <limits>
#include <string>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/data/batches.h"

namespace floatsd::data {
namespace {

/// No training has an epoch of that number, so the draw is one of its own.
constexpr int64_t kDraw = std::numeric_limits<int64_t>::max();

void append(const Dataset& from, int64_t image, Dataset& to) {
  const auto begin = from.images.begin() + image * from.image_size();
  to.images.insert(to.images.end(), begin, begin + from.image_size());
  to.labels.push_back(from.labels[static_cast<size_t>(image)]);
}

/// All but images and labels, for `count` of them.
Dataset empty_like(const Dataset& dataset, int64_t count) {
  Dataset empty{.name = dataset.name,
                .count = count,
                .channels = dataset.channels,
                .height = dataset.height,
                .width = dataset.width,
                .classes = dataset.classes,
                .class_names = dataset.class_names};
  empty.images.reserve(static_cast<size_t>(count * dataset.image_size()));
  empty.labels.reserve(static_cast<size_t>(count));
  return empty;
}

}  // namespace

HeldOut hold_out(const Dataset& dataset, int64_t n, uint64_t seed) {
  if (n < 1 || n >= dataset.count) {
    throw Error(dataset.name + ": " + std::to_string(n) + " of " + std::to_string(dataset.count) +
                " training images to hold out, expected " +
                (dataset.count < 2 ? "two images or more to choose from"
                                   : "1 to " + std::to_string(dataset.count - 1)));
  }
  const std::vector<int64_t> order = epoch_order(dataset.count, seed, kDraw);
  std::vector<bool> is_held(order.size());
  for (int64_t i = 0; i < n; ++i) {
    is_held[static_cast<size_t>(order[static_cast<size_t>(i)])] = true;
  }
  HeldOut parts{empty_like(dataset, dataset.count - n), empty_like(dataset, n)};
  for (int64_t image = 0; image < dataset.count; ++image) {
    append(dataset, image, is_held[static_cast<size_t>(image)] ? parts.validation : parts.training);
  }
  return parts;
}

}  // namespace floatsd::data
