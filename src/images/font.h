#pragma once
// Font: letters of 5 x 7 pixels, for captions of pictures.

#include <array>
#include <cstdint>

namespace floatsd::images {

constexpr int64_t kLetterHeight = 7;

/// Five columns from the left; bit 0 of each is its top pixel. Of what is not in ASCII, a frame.
using Letter = std::array<uint8_t, 5>;
const Letter& letter(char c);

}  // namespace floatsd::images
