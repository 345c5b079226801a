#pragma once
// Augment: what a training image may go through, drawn for each image by itself, so that neither
// batch size nor the number of threads changes a run.

#include <cstdint>
#include <span>

namespace floatsd::data {

/// What may happen, in this order. The default leaves every image as it is.
struct Augment {
  int crop_padding = 0;  ///< a random crop of the image with so many zero pixels on each side
  bool flip = false;     ///< left and right exchanged, with probability 1/2
  int cutout = 0;        ///< side of a square of zeros around a random pixel, clipped at the border
  bool operator==(const Augment&) const = default;
};

/// Throws Error, with the option's name, if a number is negative.
void check(const Augment& augment);

struct ImageShape {
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
};

/// Rows top..bottom-1 and columns left..right-1.
struct Rectangle {
  int64_t top = 0;
  int64_t left = 0;
  int64_t bottom = 0;
  int64_t right = 0;
  bool operator==(const Rectangle&) const = default;
};

/// Throws Error also if a number is larger than a side of the images: nothing would be left.
void check(const Augment& augment, const ImageShape& shape);

/// What does happen to one image.
struct Distortion {
  int64_t top = 0;   ///< the crop's first row, -crop_padding..crop_padding; outside are zeros
  int64_t left = 0;  ///< its first column, likewise
  bool mirrored = false;
  Rectangle cutout;  ///< inside the image
  bool operator==(const Distortion&) const = default;
};

/// The draw for image `index` of a data set in `epoch`: top and left uniform, mirrored or not
/// equally likely, the cutout's square begins cutout/2 (rounded down) above and to the left of a
/// uniform pixel. A function of its arguments alone; a draw does not change with the others that
/// are made. Requires a checked `augment` and a shape without zeros.
Distortion draw_distortion(const Augment& augment, const ImageShape& shape, uint64_t seed,
                           int64_t epoch, int64_t index);

/// Crops, mirrors and cuts `image` [C, H, W] in place. Throws Error if it is not of `shape`.
void distort(std::span<uint8_t> image, const ImageShape& shape, const Distortion& distortion);

}  // namespace floatsd::data
