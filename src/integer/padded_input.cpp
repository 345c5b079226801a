#include "integer/padded_input.h"

#include <algorithm>

#include "core/vectorize.h"

namespace floatsd::integer {
namespace {

FLOATSD_VECTORIZED
void subtract(const uint8_t* __restrict codes, int64_t count, int32_t zero_point,
              int16_t* __restrict values) {
  for (int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<int16_t>(codes[i] - zero_point);
  }
}

/// Lays the lines of an image into their padding; copy(from, count, to) writes some values.
template <typename Value, typename Copy>
void lay(const PaddedInput& input, const uint8_t* from, Value padding_value, Value* to,
         const Copy& copy) {
  if (input.padding == Padding{}) {
    copy(from, input.height * input.width * input.channels, to);
    return;
  }
  const int64_t width = input.width * input.channels;
  const int64_t before = input.padding.left * input.channels;
  const int64_t behind = input.padding.right * input.channels;
  to = std::fill_n(to, input.padding.top * input.line(), padding_value);
  for (int64_t y = 0; y < input.height; ++y, from += width) {
    to = std::fill_n(to, before, padding_value);
    copy(from, width, to);
    to = std::fill_n(to + width, behind, padding_value);
  }
  std::fill_n(to, input.padding.bottom * input.line(), padding_value);
}

}  // namespace

void PaddedInput::fill(std::span<const uint8_t> image, int16_t* to) const {
  lay(*this, image.data(), int16_t{0}, to,
      [this](const uint8_t* from, int64_t count, int16_t* values) {
        subtract(from, count, zero_point, values);
      });
}

void PaddedInput::fill(std::span<const uint8_t> image, uint8_t* to) const {
  lay(*this, image.data(), static_cast<uint8_t>(zero_point), to,
      [](const uint8_t* from, int64_t count, uint8_t* codes) { std::copy_n(from, count, codes); });
}

}  // namespace floatsd::integer
