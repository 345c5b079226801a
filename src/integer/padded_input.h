#pragma once
// PaddedInput: an image of codes inside its padding, as 16-bit values (code less zero point) or as
// the codes themselves.

#include <cstdint>
#include <span>

namespace floatsd::integer {

struct PaddedInput {
  int64_t height = 1, width = 1, channels = 1;  ///< without padding
  int64_t padding = 0;
  int32_t zero_point = 0;

  /// Values of a line, of an image.
  [[nodiscard]] int64_t line() const { return (width + 2 * padding) * channels; }
  [[nodiscard]] int64_t size() const { return (height + 2 * padding) * line(); }

  /// Writes one image [H, W, C], every one of the size() values at `to`: code less zero point, or
  /// the code, padded by 0 or by the zero point.
  void fill(std::span<const uint8_t> image, int16_t* to) const;
  void fill(std::span<const uint8_t> image, uint8_t* to) const;
};

}  // namespace floatsd::integer
