#include "padded_input.h"

#include <algorithm>

#include "floatsd/core/vectorize.h"

namespace floatsd::runtime::kernels {
namespace {

FLOATSD_VECTORIZED
void subtract(const uint8_t* __restrict codes, int64_t count, int32_t zero_point,
              int16_t* __restrict values) {
  for (int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<int16_t>(codes[i] - zero_point);
  }
}

}  // namespace

void PaddedInput::fill(std::span<const uint8_t> image, int16_t* to) const {
  if (padding == 0) {
    subtract(image.data(), shape.size(), zero_point, to);
    return;
  }
  const int64_t width = shape.width * shape.channels;
  const int64_t margin = padding * shape.channels;
  const uint8_t* from = image.data();
  to = std::fill_n(to, padding * line() + margin, int16_t{0});
  for (int64_t y = 0; y < shape.height; ++y, from += width) {
    subtract(from, width, zero_point, to);
    to = std::fill_n(to + width, 2 * margin, int16_t{0});  // this line's end, the next one's start
  }
  std::fill_n(to, padding * line() - margin, int16_t{0});
}

}  // namespace floatsd::runtime::kernels
