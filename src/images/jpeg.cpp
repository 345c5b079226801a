#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>

#include <jerror.h>

#include "floatsd/core/error.h"
#include "images/codec.h"

namespace floatsd::images {
namespace {

/// A progressive JPEG may go over its pixels as often as it likes; real ones need some ten scans.
constexpr int kMostScans = 500;

/// Remarks on what does not touch the pixels; every other one means that some are lost.
bool is_harmless(int warning) {
  return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_ADOBE_XFORM ||
         warning == JWRN_JFIF_MAJOR;
}

/// One decoding by libjpeg, whose errors jump: everything that a jump passes over stands here.
class JpegReader {
 public:
  explicit JpegReader(std::string_view bytes) : bytes_(bytes) {
    jpeg_.err = ::jpeg_std_error(&errors_);
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    jpeg_.client_data = this;
    progress_.progress_monitor = on_progress;
  }
  ~JpegReader() { ::jpeg_destroy_decompress(&jpeg_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// false: see message().
  bool read_header() {
    if (setjmp(escape_) != 0) {
      return false;
    }
    ::jpeg_create_decompress(&jpeg_);
    jpeg_.client_data = this;  // which creating forgets
    jpeg_.progress = &progress_;
    ::jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    ::jpeg_read_header(&jpeg_, TRUE);
    return true;
  }

  /// After read_header: fills `pixels`, rows of `row_bytes`.
  bool decode(uint8_t* pixels, size_t row_bytes) {
    if (setjmp(escape_) != 0) {
      return false;
    }
    jpeg_.out_color_space = jpeg_.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_.dct_method = JDCT_ISLOW;
    ::jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = pixels + jpeg_.output_scanline * row_bytes;
      ::jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    ::jpeg_finish_decompress(&jpeg_);
    return true;
  }

  [[nodiscard]] const jpeg_decompress_struct& jpeg() const { return jpeg_; }
  [[nodiscard]] const char* message() const { return message_; }

 private:
  static JpegReader& reader(j_common_ptr jpeg) {
    return *static_cast<JpegReader*>(jpeg->client_data);
  }
  static void on_error(j_common_ptr jpeg) {
    (*jpeg->err->format_message)(jpeg, reader(jpeg).message_);
    std::longjmp(reader(jpeg).escape_, 1);
  }
  static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && !is_harmless(jpeg->err->msg_code)) {
      on_error(jpeg);
    }
  }
  static void on_progress(j_common_ptr jpeg) {
    if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > kMostScans) {
      std::snprintf(reader(jpeg).message_, JMSG_LENGTH_MAX, "more than %d scans", kMostScans);
      std::longjmp(reader(jpeg).escape_, 1);
    }
  }

  std::string_view bytes_;
  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf escape_{};
  char message_[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void fail(const JpegReader& reader, const std::string& where) {
  throw Error(where + ": a JPEG that cannot be decoded (" + reader.message() +
              "), expected an intact file");
}

ImageHeader header_of(JpegReader& reader, const std::string& where) {
  if (!reader.read_header()) {
    fail(reader, where);
  }
  const jpeg_decompress_struct& jpeg = reader.jpeg();
  if (jpeg.num_components != 1 && jpeg.num_components != 3) {
    throw Error(where + ": a JPEG of " + std::to_string(jpeg.num_components) +
                " colour components (CMYK?), expected grey, or red, green and blue");
  }
  const ImageHeader header = {.size = {.height = jpeg.image_height, .width = jpeg.image_width},
                              .channels = jpeg.num_components};
  check_size(header.size, where);
  return header;
}

}  // namespace

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

ImageHeader jpeg_header(std::string_view bytes, const std::string& where) {
  JpegReader reader(bytes);
  return header_of(reader, where);
}

Image decode_jpeg(std::string_view bytes, const std::string& where) {
  JpegReader reader(bytes);
  Image image = blank_image(header_of(reader, where));
  const ImageHeader& header = image.header;
  if (!reader.decode(image.pixels.data(),
                     static_cast<size_t>(header.size.width * header.channels))) {
    fail(reader, where);
  }
  return image;
}

}  // namespace floatsd::images
