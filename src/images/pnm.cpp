// PGM and PPM in their binary forms: "P5" or "P6", width, height and the largest value as decimal
// numbers with spaces or comments (# to the end of the line) between, one space, the pixels.

#include <algorithm>
#include <charconv>

#include "floatsd/core/error.h"
#include "images/codec.h"

namespace floatsd::images {
namespace {

struct Pnm {
  ImageHeader header;
  size_t begin;  ///< of the pixels
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Passes over spaces and comments from `at` on.
size_t next_token(std::string_view bytes, size_t at) {
  while (at < bytes.size() && (is_space(bytes[at]) || bytes[at] == '#')) {
    at = bytes[at] == '#' ? std::min(bytes.find('\n', at), bytes.size()) : at + 1;
  }
  return at;
}

Pnm parse(std::string_view bytes, const std::string& where) {
  const auto fail = [&](const std::string& what) {
    throw Error(where + ": a " + std::string(bytes.substr(0, 2)) + " file " + what);
  };
  if (bytes[1] != '5' && bytes[1] != '6') {
    fail("is not read, expected P5 or P6 (binary, 8 bits)");
  }
  int64_t numbers[3] = {};
  size_t at = 2;
  for (int64_t& number : numbers) {
    at = next_token(bytes, at);
    const auto [end, error] =
        std::from_chars(bytes.data() + at, bytes.data() + bytes.size(), number);
    if (error != std::errc()) {
      fail("without a whole header, expected width, height and largest value");
    }
    at = static_cast<size_t>(end - bytes.data());
  }
  if (at >= bytes.size() || !is_space(bytes[at])) {
    fail("without a whole header, expected a space before the pixels");
  }
  if (numbers[2] != 255) {
    fail("with values up to " + std::to_string(numbers[2]) + ", expected 255 (8 bits)");
  }
  const Pnm pnm = {
      {.size = {.height = numbers[1], .width = numbers[0]}, .channels = bytes[1] == '5' ? 1 : 3},
      at + 1};
  check_size(pnm.header.size, where);
  return pnm;
}

}  // namespace

bool is_pnm(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
         (is_space(bytes[2]) || bytes[2] == '#');
}

ImageHeader pnm_header(std::string_view bytes, const std::string& where) {
  return parse(bytes, where).header;
}

Image decode_pnm(std::string_view bytes, const std::string& where) {
  const Pnm pnm = parse(bytes, where);
  const std::string_view pixels = bytes.substr(pnm.begin);
  const auto expected =
      static_cast<size_t>(pnm.header.size.height * pnm.header.size.width * pnm.header.channels);
  if (pixels.size() != expected) {
    throw Error(where + ": " + std::to_string(pixels.size()) + " bytes of pixels, expected " +
                std::to_string(expected));
  }
  return {pnm.header, std::vector<uint8_t>(pixels.begin(), pixels.end())};
}

}  // namespace floatsd::images
