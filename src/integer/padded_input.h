#pragma once
// PaddedInput: an image of codes inside its padding, as 16-bit values (code less zero point) or as
// the codes themselves.

#include <cstdint>
#include <span>

#include "integer/convolution.h"

namespace floatsd::integer {

struct PaddedInput {
  int64_t height, width, channels;  ///< without padding
  Padding padding;
  int32_t zero_point;

  PaddedInput(const ConvolutionShape& shape, int32_t zero)
      : height(shape.height),
        width(shape.width),
        channels(shape.channels),
        padding(shape.window.padding),
        zero_point(zero) {}

  /// Values of a line, of an image.
  [[nodiscard]] int64_t line() const { return (width + padding.left + padding.right) * channels; }
  [[nodiscard]] int64_t size() const { return (height + padding.top + padding.bottom) * line(); }

  /// Writes one image [H, W, C], every one of the size() values at `to`: code less zero point, or
  /// the code, padded by 0 or by the zero point.
  void fill(std::span<const uint8_t> image, int16_t* to) const;
  void fill(std::span<const uint8_t> image, uint8_t* to) const;
};

}  // namespace floatsd::integer
