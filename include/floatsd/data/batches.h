#pragma once
// Batches: the order in which an epoch visits the images, and the images of a batch side by side.

#include <cstdint>
#include <span>
#include <vector>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// A permutation of 0..count-1, each equally likely. It depends on the arguments alone and is the
/// same on every platform, so that a resumed run finds its place. Requires count >= 0.
std::vector<int64_t> epoch_order(int64_t count, uint64_t seed, int64_t epoch);

/// Copies image and label indices[i] to place i of a batch: `images` [B, C, H, W], `labels` [B]
/// for B indices. Throws Error if a span has another size or an index is out of range.
void gather(const Dataset& dataset, std::span<const int64_t> indices, std::span<uint8_t> images,
            std::span<uint16_t> labels);

}  // namespace floatsd::data
