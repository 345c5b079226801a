#include "core/utf8.h"

#include <cstddef>
#include <cstdint>

namespace floatsd {
namespace {

/// A sequence of `length` bytes by its first byte, and the smallest letter that needs so many.
struct Sequence {
  size_t length;
  uint32_t bits;
  uint32_t smallest;
};

Sequence sequence_of(unsigned char first) {
  if (first < 0x80) {
    return {1, first, 0};
  }
  if (first >= 0xc0 && first < 0xe0) {
    return {2, first & 0x1fU, 0x80};
  }
  if (first >= 0xe0 && first < 0xf0) {
    return {3, first & 0x0fU, 0x800};
  }
  return first >= 0xf0 && first < 0xf8 ? Sequence{4, first & 0x07U, 0x10000} : Sequence{0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const Sequence sequence = sequence_of(static_cast<unsigned char>(text[at]));
    if (sequence.length == 0 || sequence.length > text.size() - at) {
      return false;
    }
    uint32_t letter = sequence.bits;
    for (size_t i = 1; i < sequence.length; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if (byte < 0x80 || byte >= 0xc0) {
        return false;
      }
      letter = letter << 6 | (byte & 0x3fU);
    }
    const bool is_surrogate = letter >= 0xd800 && letter < 0xe000;
    if (letter < sequence.smallest || is_surrogate || letter > 0x10ffff) {
      return false;
    }
    at += sequence.length;
  }
  return true;
}

}  // namespace floatsd
