#include "floatsd/core/pool_counts.h"

#include <algorithm>
#include <set>

namespace floatsd {
namespace {

/// Of `count` windows in one direction: how many of their places lie in [first, end).
std::vector<int64_t> count_line(int64_t count, int size, int stride, int dilation, int before,
                                int64_t first, int64_t end) {
  std::vector<int64_t> held;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t begin = i * stride - before;
    const auto up_to = [&](int64_t place) {  // how many places lie before that one
      const int64_t reach = place - begin;
      return reach <= 0 ? 0 : std::min<int64_t>(size, (reach + dilation - 1) / dilation);
    };
    held.push_back(up_to(end) - up_to(first));
  }
  return held;
}

}  // namespace

std::vector<int64_t> PoolCounts::by_pixel() const {
  std::vector<int64_t> counts;
  for (const int64_t row : rows) {
    for (const int64_t column : columns) {
      counts.push_back(row * column);
    }
  }
  return counts;
}

std::vector<int64_t> PoolCounts::distinct() const {
  std::set<int64_t> products;
  for (const int64_t row : std::set(rows.begin(), rows.end())) {
    for (const int64_t column : std::set(columns.begin(), columns.end())) {
      products.insert(row * column);
    }
  }
  return {products.begin(), products.end()};
}

PoolCounts count_pooled(const Window& window, const ActivationShape& in, PaddingCounts padding) {
  const Padding counted = padding == PaddingCounts::kYes ? window.padding : Padding(0);
  return {.rows = count_line(window.rows(in.height), window.size.height, window.stride.height,
                             window.dilation.height, window.padding.top, -counted.top,
                             in.height + counted.bottom),
          .columns = count_line(window.columns(in.width), window.size.width, window.stride.width,
                                window.dilation.width, window.padding.left, -counted.left,
                                in.width + counted.right)};
}

}  // namespace floatsd
