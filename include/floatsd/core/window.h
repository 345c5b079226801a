#pragma once
// Window: how a kernel or a pool moves over an image, in rows and columns.

#include <cstdint>

namespace floatsd {

/// Rows and columns; one number stands for both.
struct Extent {
  int height = 1, width = 1;
  constexpr Extent(int side = 1) : height(side), width(side) {}  // NOLINT: kernel = 3
  constexpr Extent(int rows, int columns) : height(rows), width(columns) {}
  bool operator==(const Extent&) const = default;
};

/// Pixels of value 0 around an image; one number stands for all four sides.
struct Padding {
  int top = 0, left = 0, bottom = 0, right = 0;
  constexpr Padding(int side = 0)  // NOLINT: padding = 1
      : top(side), left(side), bottom(side), right(side) {}
  constexpr Padding(int up, int before, int down, int behind)
      : top(up), left(before), bottom(down), right(behind) {}
  bool operator==(const Padding&) const = default;
};

/// A window of size values, dilation apart, that moves by strides over a padded image.
struct Window {
  Extent size;
  Extent stride;
  Padding padding;
  Extent dilation;
  /// Whether a last window counts that ends outside the padded image. It must begin inside the
  /// image or the padding before it.
  bool ceil_mode = false;
  bool operator==(const Window&) const = default;

  /// Rows and columns from its first value to its last.
  [[nodiscard]] constexpr int64_t height() const {
    return int64_t{dilation.height} * (size.height - 1) + 1;
  }
  [[nodiscard]] constexpr int64_t width() const {
    return int64_t{dilation.width} * (size.width - 1) + 1;
  }
  /// How often it fits into an image of so many rows, or columns, padded; 0 if never.
  [[nodiscard]] constexpr int64_t rows(int64_t image_height) const {
    return fits(image_height + padding.top, padding.bottom, height(), stride.height);
  }
  [[nodiscard]] constexpr int64_t columns(int64_t image_width) const {
    return fits(image_width + padding.left, padding.right, width(), stride.width);
  }

 private:
  /// `before`: image and the padding before it.
  [[nodiscard]] constexpr int64_t fits(int64_t before, int64_t behind, int64_t extent,
                                       int64_t step) const {
    const int64_t room = before + behind - extent + (ceil_mode ? step - 1 : 0);
    if (room < 0) {
      return 0;
    }
    const int64_t count = room / step + 1;
    return ceil_mode && (count - 1) * step >= before ? count - 1 : count;
  }
};

}  // namespace floatsd
