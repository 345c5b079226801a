#include "ops/half_products.h"

#include <algorithm>
#include <array>

#include "core/vectorize.h"

namespace floatsd::ops {
namespace {

/// One row of `a`: its sums with kLanes columns of b after another, side by side because each waits
/// for its last rounding. The last columns may be computed twice. Requires columns >= kLanes.
template <int64_t kLanes>
[[gnu::always_inline]] inline void row_products(const float* row, const float* b, float* sums,
                                                int64_t depth, int64_t columns) {
  for (int64_t next = 0; next < columns; next += kLanes) {
    const int64_t first = std::min(next, columns - kLanes);
    std::array<float, kLanes> acc{};
    for (int64_t k = 0; k < depth; ++k) {
      const float* other = b + k * columns + first;
      for (int64_t i = 0; i < kLanes; ++i) {
        acc[i] = to_half(acc[i] + row[k] * other[i]);
      }
    }
    std::copy(acc.begin(), acc.end(), sums + first);
  }
}

}  // namespace

FLOATSD_VECTORIZED
void half_products(const float* a, const float* b, float* out, int64_t rows, int64_t depth,
                   int64_t columns) {
  for (int64_t m = 0; m < rows; ++m) {
    const float* row = a + m * depth;
    float* sums = out + m * columns;
    if (columns >= 32) {
      row_products<32>(row, b, sums, depth, columns);
    } else if (columns >= 16) {
      row_products<16>(row, b, sums, depth, columns);
    } else if (columns >= 8) {
      row_products<8>(row, b, sums, depth, columns);
    } else {
      row_products<1>(row, b, sums, depth, columns);
    }
  }
}

FLOATSD_VECTORIZED
void add_halves(const float* from, float* into, int64_t count, int64_t stride) {
  if (stride == 1) {
    for (int64_t i = 0; i < count; ++i) {
      into[i] = to_half(into[i] + from[i]);
    }
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    into[i * stride] = to_half(into[i * stride] + from[i]);
  }
}

}  // namespace floatsd::ops
