#pragma once
// Blocks: how the kernels divide rows among threads.

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

#include "ops/kernels.h"

namespace floatsd::ops::kernels {

/// Rows are worked on in blocks of about this many values, whatever the number of threads: partial
/// sums are per block, so they do not depend on it.
constexpr int64_t kBlockValues = 16384;

struct Blocks {
  int64_t rows, size, count;
  explicit Blocks(Rows shape)
      : rows(shape.rows),
        size(std::max<int64_t>(1, kBlockValues / std::max<int64_t>(1, shape.channels))),
        count((rows + size - 1) / size) {}

  /// Runs work(block, first row, number of rows) for every block.
  template <typename Work>
  void for_each(const Work& work) const {
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        work(b, b * size, std::min(size, rows - b * size));
      }
    });
  }
};

}  // namespace floatsd::ops::kernels
