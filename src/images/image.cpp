#include "floatsd/images/image.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "core/counted.h"
#include "core/file.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "images/codec.h"

namespace floatsd::images {
namespace {

struct Codec {
  bool (*is_it)(std::string_view bytes);
  ImageHeader (*header)(std::string_view bytes, const std::string& where);
  Image (*decode)(std::string_view bytes, const std::string& where);
};

constexpr std::array kCodecs = {Codec{is_png, png_header, decode_png},
                                Codec{is_jpeg, jpeg_header, decode_jpeg},
                                Codec{is_pnm, pnm_header, decode_pnm}};

const Codec& find_codec(std::string_view bytes, const std::string& where) {
  const auto* found = std::find_if(kCodecs.begin(), kCodecs.end(),
                                   [&](const Codec& codec) { return codec.is_it(bytes); });
  if (found == kCodecs.end()) {
    throw Error(where + ": " + (bytes.empty() ? "is empty" : "begins like no image that is read") +
                ", expected PNG, JPEG, or binary PGM or PPM (P5, P6)");
  }
  return *found;
}

/// The first bytes of a regular file; all of it if there are no more.
std::string read_beginning(const std::filesystem::path& path, size_t count) {
  std::error_code unreachable;
  if (!std::filesystem::is_regular_file(path, unreachable)) {
    return read_file(path);  // which says what is wrong, and waits for no pipe
  }
  std::ifstream in(path, std::ios::binary);
  std::string bytes(count, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(0, in.gcount())));
  return bytes.empty() ? read_file(path) : bytes;
}

/// Whether red, green and blue are alike in every pixel.
bool is_grey(const Image& image) {
  for (size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
    if (image.pixels[i] != image.pixels[i + 1] || image.pixels[i] != image.pixels[i + 2]) {
      return false;
    }
  }
  return true;
}

}  // namespace

ImageHeader read_header(const std::filesystem::path& path) {
  constexpr size_t kBeginning = 1 << 14;
  const std::string where = path.string();
  const std::string beginning = read_beginning(path, kBeginning);
  const Codec& codec = find_codec(beginning, where);
  if (beginning.size() == kBeginning) {
    try {
      return codec.header(beginning, where);
    } catch (const Error&) {  // a JPEG may have its size behind a long profile: all of it says more
      return codec.header(read_file(path), where);
    }
  }
  return codec.header(beginning, where);
}

Image read_image(const std::filesystem::path& path) {
  return decode(read_file(path), path.string());
}

Image decode(std::string_view bytes, const std::string& where) {
  return find_codec(bytes, where).decode(bytes, where);
}

void check_size(const ImageSize& size, const std::string& where) {
  if (size.height < 1 || size.width < 1) {
    throw Error(where + ": " + std::to_string(size.height) + " x " + std::to_string(size.width) +
                " pixels, expected at least one");
  }
  if (size.height > kMostPixels / size.width) {
    throw Error(where + ": claims " + std::to_string(size.height) + " x " +
                std::to_string(size.width) + " pixels, expected at most " +
                std::to_string(kMostPixels) + " in all");
  }
}

Image blank_image(const ImageHeader& header) {
  return {header, std::vector<uint8_t>(static_cast<size_t>(header.size.height * header.size.width *
                                                           header.channels))};
}

std::vector<uint8_t> planes(const Image& image, int64_t channels) {
  const int64_t own = image.header.channels;
  require(own == channels || (own == 1 && channels == 3) ||
              (own == 3 && channels == 1 && is_grey(image)),
          counted(own, "channel") + ", expected " + std::to_string(channels) +
              (own == 3 && channels == 1 ? ", or three that are alike" : ""));
  const int64_t size = image.header.size.height * image.header.size.width;
  std::vector<uint8_t> planes;
  planes.reserve(static_cast<size_t>(size * channels));
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < size; ++i) {
      planes.push_back(image.pixels[static_cast<size_t>(i * own + (own == 1 ? 0 : c))]);
    }
  }
  return planes;
}

}  // namespace floatsd::images
