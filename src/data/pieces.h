#pragma once
// Pieces: a data set's images in their order, so many at a time.

#include <algorithm>
#include <cstdint>
#include <span>

#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// Calls use(begin, end) for the images [begin, end) of each piece of at most `most` images, and
/// tells the work as many. Requires most >= 1.
template <typename Use>
void for_each_piece(const Dataset& dataset, int64_t most, Work& work, const Use& use) {
  for (int64_t begin = 0; begin < dataset.count; begin += most) {
    const int64_t end = std::min(begin + most, dataset.count);
    use(begin, end);
    work.advance(end - begin);
  }
}

/// The pixels of the images [begin, end), [end - begin, C, H, W].
inline std::span<const uint8_t> pixel_bytes(const Dataset& dataset, int64_t begin, int64_t end) {
  const int64_t size = dataset.image_size();
  return std::span(dataset.images)
      .subspan(static_cast<size_t>(begin * size), static_cast<size_t>((end - begin) * size));
}

}  // namespace floatsd::data
