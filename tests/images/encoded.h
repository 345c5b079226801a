#pragma once
// Image files made on the spot, for tests of reading them.

#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "floatsd/images/image.h"
#include "images/png_file.h"

/// Bytes that change from pixel to pixel and channel to channel.
inline floatsd::images::Image pattern(int64_t height, int64_t width, int64_t channels) {
  floatsd::images::Image image{{{height, width}, channels}, {}};
  for (int64_t i = 0; i < height * width * channels; ++i) {
    image.pixels.push_back(static_cast<uint8_t>(i * 37 % 251));
  }
  return image;
}

inline std::string png(int64_t height, int64_t width, int64_t channels) {
  return encode_png(pattern(height, width, channels));
}

inline std::string jpeg(int64_t height, int64_t width, int64_t channels) {
  floatsd::images::Image image = pattern(height, width, channels);
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = ::jpeg_std_error(&errors);
  ::jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  ::jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.input_components = static_cast<int>(channels);
  jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 4 ? JCS_CMYK : JCS_RGB;
  ::jpeg_set_defaults(&jpeg);
  ::jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = image.pixels.data() + jpeg.next_scanline * width * channels;
    ::jpeg_write_scanlines(&jpeg, &row, 1);
  }
  ::jpeg_finish_compress(&jpeg);
  ::jpeg_destroy_compress(&jpeg);
  std::string result(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return result;
}

/// A PNG's first bytes, up to the end of a header with these numbers and its right checksum.
inline std::string png_beginning(uint32_t height, uint32_t width, char depth, char type) {
  const auto big_endian = [](uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes += static_cast<char>(value >> shift);
    }
    return bytes;
  };
  std::string chunk = "IHDR" + big_endian(width) + big_endian(height) + depth + type;
  chunk.append(3, '\0');
  const auto sum =
      ::crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size()));
  return "\x89PNG\r\n\x1a\n" + big_endian(13) + chunk + big_endian(static_cast<uint32_t>(sum));
}
