#include "floatsd/data/batches.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "data/random.h"
#include "floatsd/core/error.h"

namespace floatsd::data {

std::vector<int64_t> epoch_order(int64_t count, uint64_t seed, int64_t epoch) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), int64_t{0});
  std::mt19937_64 random = generator({seed, static_cast<uint64_t>(epoch)});
  for (size_t left = order.size(); left > 1; --left) {  // Fisher-Yates
    std::swap(order[left - 1], order[below(left, random)]);
  }
  return order;
}

void gather(const Dataset& dataset, std::span<const int64_t> indices, std::span<uint8_t> images,
            std::span<uint16_t> labels) {
  const auto size = static_cast<size_t>(dataset.image_size());
  if (images.size() != indices.size() * size || labels.size() != indices.size()) {
    throw Error(dataset.name + ": a batch with room for " + std::to_string(images.size()) +
                " bytes and " + std::to_string(labels.size()) + " labels, expected " +
                std::to_string(indices.size() * size) + " and " + std::to_string(indices.size()));
  }
  check_images(dataset);
  const int64_t count = std::min(dataset.count, static_cast<int64_t>(dataset.labels.size()));
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= count) {
      throw Error(dataset.name + ": image " + std::to_string(indices[i]) + ", expected 0 to " +
                  std::to_string(count - 1));
    }
    const auto at = static_cast<size_t>(indices[i]);
    std::copy_n(dataset.images.data() + at * size, size, images.data() + i * size);
    labels[i] = dataset.labels[at];
  }
}

}  // namespace floatsd::data
