#pragma once
// Resize: images of any size made one size, by one stated computation.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "floatsd/data/dataset.h"
#include "floatsd/images/image.h"

namespace floatsd::images {

/// "32x48": 32 rows of 48 pixels. Throws Error if it is anything else, or a side is beyond 4096.
ImageSize parse_size(const std::string& text);

/// An image [channels, from.height, from.width] as [channels, to.height, to.width]:
///
///   1. The image is scaled so that it just covers `to`. If to.height / height >= to.width / width
///      it becomes to.height rows of floor(width * to.height / height) pixels, else to.width
///      columns of floor(height * to.width / width). A pixel is the mean of those around its
///      centre, weighted by a triangle that reaches one pixel of the original to each side, or
///      if the image shrinks, one pixel of the result. Rows come first, are rounded to bytes, and
///      then columns: Pillow's resize(..., BILINEAR), to the byte.
///   2. The middle is cut out; of an odd remainder the smaller half goes above and to the left.
std::vector<uint8_t> resize(std::span<const uint8_t> image, int64_t channels, const ImageSize& from,
                            const ImageSize& to);

/// Every image of a data set.
data::Dataset resize(data::Dataset dataset, const ImageSize& to);

}  // namespace floatsd::images
