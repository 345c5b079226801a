#pragma once
// Share out: work on many images that ranks of any number divide among themselves. What comes of it
// are counts and extremes, which need no order, so nobody can tell how many ranks there were.

#include <cstdint>
#include <span>
#include <vector>

#include "floatsd/core/communicator.h"

namespace floatsd {

/// Images from `begin` to `end`, without that one.
struct ImageBatch {
  int64_t begin = 0, end = 0;

  [[nodiscard]] int64_t size() const { return end - begin; }
};

/// Those batches of `count` images that are this rank's: every size()-th, from the rank()-th on.
/// All have `batch` images, the last of all perhaps fewer.
std::vector<ImageBatch> batches_of_rank(int64_t count, int64_t batch, const Communicator& ranks);

/// How many images they have together.
int64_t images_in(const std::vector<ImageBatch>& batches);

/// counts[i] = the sum of all ranks' counts[i].
void sum_over_ranks(Communicator& ranks, std::span<int64_t> counts);

}  // namespace floatsd
