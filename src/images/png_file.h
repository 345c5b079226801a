#pragma once
// PNG files that are written: pictures of what a data set holds.

#include <string>

#include "floatsd/images/image.h"

namespace floatsd::images {

/// The bytes of a PNG of the image, 8 bits a channel. Throws Error if the pixels are not as many as
/// the header says.
std::string encode_png(const Image& image);

}  // namespace floatsd::images
