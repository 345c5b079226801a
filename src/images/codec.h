#pragma once
// Codec: how one kind of image file is read. `where` begins the errors that they throw; a header is
// read from the file's beginning, and its size is checked before pixels are taken.

#include <string>
#include <string_view>

#include "floatsd/images/image.h"

namespace floatsd::images {

bool is_png(std::string_view bytes);
ImageHeader png_header(std::string_view bytes, const std::string& where);
Image decode_png(std::string_view bytes, const std::string& where);

bool is_jpeg(std::string_view bytes);
ImageHeader jpeg_header(std::string_view bytes, const std::string& where);
Image decode_jpeg(std::string_view bytes, const std::string& where);

bool is_pnm(std::string_view bytes);
ImageHeader pnm_header(std::string_view bytes, const std::string& where);
Image decode_pnm(std::string_view bytes, const std::string& where);

/// Throws Error if a side is 0 or the image has more than kMostPixels.
void check_size(const ImageSize& size, const std::string& where);

/// Room for the pixels of a checked header.
Image blank_image(const ImageHeader& header);

}  // namespace floatsd::images
