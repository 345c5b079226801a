#pragma once
// Image: the pixels of one image file. PNG, JPEG and binary PGM and PPM are read; which one it is,
// its first bytes tell.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace floatsd::images {

struct ImageSize {
  int64_t height = 0;
  int64_t width = 0;
  bool operator==(const ImageSize&) const = default;
};

/// What a file's header says.
struct ImageHeader {
  ImageSize size;
  int64_t channels = 1;  ///< 1: grey, 3: red, green and blue
};

struct Image {
  ImageHeader header;
  std::vector<uint8_t> pixels;  ///< [height, width, channels]
};

/// More pixels than this are refused by their header: a small file may claim very many.
constexpr int64_t kMostPixels = int64_t{1} << 26;  // 8192 x 8192

/// Both throw Error, one line that begins with the file, if it is no such image, damaged, cut off,
/// too large, or of more than 8 bits a channel. Pixels are those that Pillow's convert("L") of a
/// grey and convert("RGB") of a colour image gives: alpha is dropped, a palette looked up, JPEG
/// decoded with the accurate integer transform; a profile, a gamma or a rotation that the file asks
/// for is not applied. `read_header` reads the beginning of the file alone if that is enough.
ImageHeader read_header(const std::filesystem::path& path);
Image read_image(const std::filesystem::path& path);

/// Of a file's bytes; `where` begins the errors.
Image decode(std::string_view bytes, const std::string& where);

/// The pixels as [channels, height, width]: as many channels as the image has, 3 of a grey one, all
/// alike, or 1 of an image whose channels are alike. Throws Error, without the file, if another
/// number is asked for.
std::vector<uint8_t> planes(const Image& image, int64_t channels);

}  // namespace floatsd::images
