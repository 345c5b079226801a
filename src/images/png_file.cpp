#include "images/png_file.h"

#include <png.h>

#include <new>
#include <utility>

#include "floatsd/core/error.h"

namespace floatsd::images {
namespace {

/// One encoding by libpng, whose errors jump: everything that a jump passes over stands here.
class PngWriter {
 public:
  PngWriter() {
    png_ = ::png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning);
    info_ = png_ != nullptr ? ::png_create_info_struct(png_) : nullptr;
  }
  ~PngWriter() { ::png_destroy_write_struct(&png_, &info_); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  bool encode(const uint8_t* pixels, png_uint_32 height, png_uint_32 width, int64_t channels) {
    if (info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) {
      return false;
    }
    ::png_set_write_fn(png_, this, on_write, nullptr);
    ::png_set_IHDR(png_, info_, width, height, 8,
                   channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                   PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    ::png_write_info(png_, info_);
    for (png_uint_32 y = 0; y < height; ++y) {
      ::png_write_row(png_,
                      pixels + static_cast<size_t>(y) * width * static_cast<size_t>(channels));
    }
    ::png_write_end(png_, nullptr);
    return true;
  }

  std::string bytes;

 private:
  static void on_error(png_structp png, png_const_charp /*message*/) { ::png_longjmp(png, 1); }
  static void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}
  static void on_write(png_structp png, png_bytep from, size_t count) {
    auto* writer = static_cast<PngWriter*>(::png_get_io_ptr(png));
    writer->bytes.append(reinterpret_cast<const char*>(from), count);
  }

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

std::string encode_png(const Image& image) {
  const ImageHeader& header = image.header;
  const int64_t expected = header.size.height * header.size.width * header.channels;
  if (static_cast<int64_t>(image.pixels.size()) != expected || expected == 0) {
    throw Error("png: " + std::to_string(image.pixels.size()) + " bytes of pixels, expected " +
                std::to_string(expected) + ", and at least one");
  }
  PngWriter writer;
  if (!writer.encode(image.pixels.data(), static_cast<png_uint_32>(header.size.height),
                     static_cast<png_uint_32>(header.size.width), header.channels)) {
    throw std::bad_alloc();  // nothing else can go wrong with checked pixels
  }
  return std::move(writer.bytes);
}

}  // namespace floatsd::images
