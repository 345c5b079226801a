#include "reference.h"

#include <algorithm>
#include <limits>

namespace floatsd::runtime::kernels {
namespace {

/// What a convolution reads: an image of codes, and what counts as zero.
struct Input {
  const ActivationShape& shape;
  std::span<const uint8_t> codes;
  int32_t zero_point;

  [[nodiscard]] int32_t at(int64_t c, int64_t y, int64_t x) const {
    const bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
    return inside ? codes[(c * shape.height + y) * shape.width + x] - zero_point : 0;
  }
};

int64_t accumulate(const Conv2d& conv, const Input& input, int64_t o, int64_t y, int64_t x) {
  const auto& w = conv.weights.shape;
  const int64_t first_channel = o / (w[0] / conv.groups) * w[1];
  const int8_t* level = conv.weights.levels.data() + o * w[1] * w[2] * w[3];
  int64_t acc = 0;
  for (int64_t i = 0; i < w[1]; ++i) {
    for (int64_t ky = 0; ky < w[2]; ++ky) {
      for (int64_t kx = 0; kx < w[3]; ++kx) {
        acc += int64_t{*level++} * input.at(first_channel + i, y * conv.stride - conv.padding + ky,
                                            x * conv.stride - conv.padding + kx);
      }
    }
  }
  return acc;
}

int64_t pooled(const Conv2d& conv, const Input& input, int64_t o, int64_t y, int64_t x) {
  int64_t largest = std::numeric_limits<int64_t>::min();
  for (int64_t py = 0; py < conv.pool; ++py) {
    for (int64_t px = 0; px < conv.pool; ++px) {
      largest =
          std::max(largest, accumulate(conv, input, o, y * conv.pool + py, x * conv.pool + px));
    }
  }
  return largest;
}

int64_t pooled(const Linear& linear, const Input& input, int64_t o, int64_t /*y*/, int64_t /*x*/) {
  const int64_t features = linear.weights.shape[1];
  int64_t acc = 0;
  for (int64_t i = 0; i < features; ++i) {
    acc += int64_t{linear.weights.levels[o * features + i]} * (input.codes[i] - input.zero_point);
  }
  return acc;
}

}  // namespace

void run_reference(const Op& op, const ActivationShape& in, int32_t input_zero_point,
                   std::span<const uint8_t> input, const ActivationShape& out,
                   std::span<uint8_t> output) {
  const Requantize& requantize = requantization(op);
  const Input codes{in, input, input_zero_point};
  size_t next = 0;
  for (int64_t o = 0; o < out.channels; ++o) {
    for (int64_t y = 0; y < out.height; ++y) {
      for (int64_t x = 0; x < out.width; ++x) {
        const int64_t acc =
            std::visit([&](const auto& body) { return pooled(body, codes, o, y, x); }, op.body);
        output[next++] = static_cast<uint8_t>(
            floatsd::requantize(acc + requantize.bias[o], requantize.multipliers[o],
                                requantize.output.zero_point, requantize.lower_code()));
      }
    }
  }
}

}  // namespace floatsd::runtime::kernels
