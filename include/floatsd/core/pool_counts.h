#pragma once
// Pool counts: over how many values each window of a pool is.

#include <cstdint>
#include <vector>

#include "floatsd/core/activation_shape.h"
#include "floatsd/core/window.h"

namespace floatsd {

/// Whether an average counts the zeros of the padding.
enum class PaddingCounts { kNo, kYes };

/// The window at (y, x) holds rows[y] * columns[x] values.
struct PoolCounts {
  std::vector<int64_t> rows, columns;

  /// All products in the order of the output's pixels.
  [[nodiscard]] std::vector<int64_t> by_pixel() const;
  /// All products, each once, ascending.
  [[nodiscard]] std::vector<int64_t> distinct() const;
};

/// What the windows over `in` hold of the image, or of the image and its padding; what lies beyond
/// the padding (Window::ceil_mode) never counts. Requires a window that fits (slide).
PoolCounts count_pooled(const Window& window, const ActivationShape& in, PaddingCounts padding);

}  // namespace floatsd
