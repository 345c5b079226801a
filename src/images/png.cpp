#include <png.h>

#include <cstring>

#include "floatsd/core/error.h"
#include "images/codec.h"

namespace floatsd::images {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";

uint32_t big_endian(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (const char byte : bytes.substr(at, 4)) {
    value = value << 8 | static_cast<uint8_t>(byte);
  }
  return value;
}

/// One decoding by libpng, whose errors jump: everything that a jump passes over stands here.
class PngReader {
 public:
  explicit PngReader(std::string_view bytes) : rest_(bytes) {
    png_ = ::png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    info_ = png_ != nullptr ? ::png_create_info_struct(png_) : nullptr;
  }
  ~PngReader() { ::png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Fills `pixels`, rows of `row_bytes`; false: see message().
  bool decode(uint8_t* pixels, size_t row_bytes, png_uint_32 height) {
    if (info_ == nullptr) {
      return false;
    }
    if (setjmp(png_jmpbuf(png_)) != 0) {
      return false;
    }
    ::png_set_read_fn(png_, this, on_read);
    ::png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // pixels are limited by now
    ::png_read_info(png_, info_);
    const png_byte type = ::png_get_color_type(png_, info_);
    if (type == PNG_COLOR_TYPE_PALETTE) {
      ::png_set_palette_to_rgb(png_);
    } else if (type == PNG_COLOR_TYPE_GRAY) {
      ::png_set_expand_gray_1_2_4_to_8(png_);
    }
    ::png_set_strip_alpha(png_);
    const int passes = ::png_set_interlace_handling(png_);
    ::png_read_update_info(png_, info_);
    if (::png_get_rowbytes(png_, info_) != row_bytes ||
        ::png_get_image_height(png_, info_) != height) {
      ::png_error(png_, "its header contradicts itself");
    }
    for (int pass = 0; pass < passes; ++pass) {
      for (png_uint_32 y = 0; y < height; ++y) {
        ::png_read_row(png_, pixels + y * row_bytes, nullptr);
      }
    }
    ::png_read_end(png_, nullptr);
    return true;
  }

  [[nodiscard]] const char* message() const { return message_; }

 private:
  static void on_error(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(::png_get_error_ptr(png));
    std::strncpy(reader->message_, message, sizeof reader->message_ - 1);
    ::png_longjmp(png, 1);
  }
  static void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}
  static void on_read(png_structp png, png_bytep to, size_t count) {
    auto* reader = static_cast<PngReader*>(::png_get_io_ptr(png));
    if (count > reader->rest_.size()) {
      ::png_error(png, "cut off");
    }
    std::memcpy(to, reader->rest_.data(), count);
    reader->rest_.remove_prefix(count);
  }

  std::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  char message_[128] = "not enough memory";
};

}  // namespace

bool is_png(std::string_view bytes) { return bytes.starts_with(kSignature); }

ImageHeader png_header(std::string_view bytes, const std::string& where) {
  // signature; length of the chunk, its name; width, height, bits, colour type
  constexpr size_t kName = 12;
  constexpr size_t kWidth = 16;
  constexpr size_t kDepth = 24;
  if (bytes.size() <= kDepth + 1 || bytes.substr(kName, 4) != "IHDR") {
    throw Error(where + ": a PNG without a whole header, expected an intact file");
  }
  const auto depth = static_cast<uint8_t>(bytes[kDepth]);
  if (depth == 16) {
    throw Error(where + ": a PNG of 16 bits a channel, expected at most 8");
  }
  const auto type = static_cast<uint8_t>(bytes[kDepth + 1]);
  const bool is_grey = type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_GRAY_ALPHA;
  const ImageHeader header = {
      .size = {.height = big_endian(bytes, kWidth + 4), .width = big_endian(bytes, kWidth)},
      .channels = is_grey ? 1 : 3};
  check_size(header.size, where);
  return header;
}

Image decode_png(std::string_view bytes, const std::string& where) {
  const ImageHeader header = png_header(bytes, where);
  Image image = blank_image(header);
  PngReader reader(bytes);
  if (!reader.decode(image.pixels.data(), static_cast<size_t>(header.size.width * header.channels),
                     static_cast<png_uint_32>(header.size.height))) {
    throw Error(where + ": a PNG that cannot be decoded (" + reader.message() +
                "), expected an intact file");
  }
  return image;
}

}  // namespace floatsd::images
