#include "reference.h"

#include <algorithm>
#include <limits>

namespace floatsd::runtime::kernels {
namespace {

int32_t code_at(const Operand& input, int64_t c, int64_t y, int64_t x) {
  return input.codes[(c * input.shape.height + y) * input.shape.width + x];
}

/// The code less its zero point; 0 in the padding.
int32_t value_at(const Operand& input, int64_t c, int64_t y, int64_t x) {
  const bool inside = y >= 0 && y < input.shape.height && x >= 0 && x < input.shape.width;
  return inside ? code_at(input, c, y, x) - input.zero_point : 0;
}

int32_t requantize_channel(const Requantize& by, int64_t acc, int64_t o) {
  return floatsd::requantize(acc + by.bias[o], by.multipliers[o], by.output.zero_point,
                             by.lower_code());
}

/// The output code of channel o at (y, x).
int32_t output_code(const Conv2d& conv, std::span<const Operand> inputs, int64_t o, int64_t y,
                    int64_t x) {
  int64_t largest = std::numeric_limits<int64_t>::min();
  for (int64_t py = 0; py < conv.pool; ++py) {
    for (int64_t px = 0; px < conv.pool; ++px) {
      largest =
          std::max(largest, accumulate(conv, inputs[0], o, y * conv.pool + py, x * conv.pool + px));
    }
  }
  return requantize_channel(conv.requantize, largest, o);
}

int32_t output_code(const Linear& linear, std::span<const Operand> inputs, int64_t o, int64_t /*y*/,
                    int64_t /*x*/) {
  return requantize_channel(linear.requantize, accumulate(linear, inputs[0], o), o);
}

int32_t output_code(const Add& add, std::span<const Operand> inputs, int64_t c, int64_t y,
                    int64_t x) {
  return add_codes(value_at(inputs[0], c, y, x), value_at(inputs[1], c, y, x), add.requantize);
}

int32_t output_code(const GlobalAveragePool& pool, std::span<const Operand> inputs, int64_t c,
                    int64_t /*y*/, int64_t /*x*/) {
  int64_t acc = 0;
  for (int64_t y = 0; y < inputs[0].shape.height; ++y) {
    for (int64_t x = 0; x < inputs[0].shape.width; ++x) {
      acc += value_at(inputs[0], c, y, x);
    }
  }
  return floatsd::requantize(acc, pool.multiplier, pool.output.zero_point, kMinCode);
}

int32_t output_code(const Downsample& downsample, std::span<const Operand> inputs, int64_t c,
                    int64_t y, int64_t x) {
  const int64_t from = c - downsample.channels_before;
  const bool is_new = from < 0 || from >= inputs[0].shape.channels;
  return is_new ? inputs[0].zero_point
                : code_at(inputs[0], from, y * downsample.stride, x * downsample.stride);
}

}  // namespace

int64_t accumulate(const Conv2d& conv, const Operand& input, int64_t o, int64_t y, int64_t x) {
  const auto& w = conv.weights.shape;
  const int64_t first_channel = o / (w[0] / conv.groups) * w[1];
  const int16_t* level = conv.weights.levels.data() + o * w[1] * w[2] * w[3];
  const auto& [size, stride, padding, dilation] = conv.window();
  int64_t acc = 0;
  for (int64_t i = 0; i < w[1]; ++i) {
    for (int64_t ky = 0; ky < w[2]; ++ky) {
      for (int64_t kx = 0; kx < w[3]; ++kx) {
        acc += int64_t{*level++} * value_at(input, first_channel + i,
                                            y * stride.height + ky * dilation.height - padding.top,
                                            x * stride.width + kx * dilation.width - padding.left);
      }
    }
  }
  return acc;
}

int64_t accumulate(const Linear& linear, const Operand& input, int64_t o) {
  const int64_t features = linear.weights.shape[1];
  int64_t acc = 0;
  for (int64_t i = 0; i < features; ++i) {
    acc += int64_t{linear.weights.levels[o * features + i]} * (input.codes[i] - input.zero_point);
  }
  return acc;
}

void run_reference(const Op& op, std::span<const Operand> inputs, const ActivationShape& out,
                   std::span<uint8_t> output) {
  size_t next = 0;
  for (int64_t c = 0; c < out.channels; ++c) {
    for (int64_t y = 0; y < out.height; ++y) {
      for (int64_t x = 0; x < out.width; ++x) {
        output[next++] = static_cast<uint8_t>(std::visit(
            [&](const auto& body) { return output_code(body, inputs, c, y, x); }, op.body));
      }
    }
  }
}

std::vector<uint8_t> input_codes(const Program& program, std::span<const uint8_t> image) {
  std::vector<uint8_t> codes(image.begin(), image.end());
  if (!program.input_table.empty()) {
    constexpr size_t kBytes = 256;
    const auto plane = static_cast<size_t>(program.input_shape.height * program.input_shape.width);
    for (size_t i = 0; i < codes.size(); ++i) {
      codes[i] = program.input_table[i / plane * kBytes + codes[i]];
    }
  }
  return codes;
}

}  // namespace floatsd::runtime::kernels
