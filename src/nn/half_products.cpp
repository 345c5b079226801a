#include "half_products.h"

#include <algorithm>
#include <array>

#include "floatsd/core/vectorize.h"

namespace floatsd::nn {
namespace {

constexpr int64_t kLanes = 32;  // columns side by side: each sum waits for its last rounding

}  // namespace

FLOATSD_VECTORIZED
void half_products(const float* a, const float* b, float* out, int64_t rows, int64_t depth,
                   int64_t columns) {
  for (int64_t m = 0; m < rows; ++m) {
    const float* row = a + m * depth;
    float* sums = out + m * columns;
    int64_t first = 0;
    for (; first + kLanes <= columns; first += kLanes) {
      std::array<float, kLanes> acc{};
      for (int64_t k = 0; k < depth; ++k) {
        const float* other = b + k * columns + first;
        for (int64_t i = 0; i < kLanes; ++i) {
          acc[i] = to_half(acc[i] + row[k] * other[i]);
        }
      }
      std::copy(acc.begin(), acc.end(), sums + first);
    }
    for (; first < columns; ++first) {
      float acc = 0;
      for (int64_t k = 0; k < depth; ++k) {
        acc = to_half(acc + row[k] * b[k * columns + first]);
      }
      sums[first] = acc;
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

}  // namespace floatsd::nn
