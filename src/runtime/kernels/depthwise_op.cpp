#include "depthwise_op.h"

#include <algorithm>

#include "floatsd/core/vectorize.h"

namespace floatsd::runtime::kernels {
namespace {

/// acc = the sum over a 3x3 window, the size that networks have, in one pass over the channels.
FLOATSD_VECTORIZED
void sum_three_by_three(const int16_t* __restrict x, int64_t line, int64_t channels,
                        const int16_t* __restrict w, int32_t* __restrict acc) {
  const int64_t n = channels;
  for (int64_t c = 0; c < n; ++c) {
    const int16_t* x0 = x + c;
    const int16_t* x1 = x0 + line;
    const int16_t* x2 = x1 + line;
    const int16_t* v = w + c;
    acc[c] = x0[0] * v[0] + x0[n] * v[n] + x0[2 * n] * v[2 * n] + x1[0] * v[3 * n] +
             x1[n] * v[4 * n] + x1[2 * n] * v[5 * n] + x2[0] * v[6 * n] + x2[n] * v[7 * n] +
             x2[2 * n] * v[8 * n];
  }
}

FLOATSD_VECTORIZED
void add_products(const int16_t* __restrict x, const int16_t* __restrict w, int64_t channels,
                  int32_t* __restrict acc) {
  for (int64_t c = 0; c < channels; ++c) {
    acc[c] += x[c] * w[c];
  }
}

}  // namespace

bool DepthwiseOp::fits(const Conv2d& conv) {
  return conv.weights.shape[0] == conv.groups && conv.weights.shape[1] == 1 && conv.pool == 1;
}

DepthwiseOp::DepthwiseOp(const Conv2d& conv, const ActivationShape& in, const ActivationShape& out,
                         int32_t input_zero_point)
    : input_{.shape = in, .padding = conv.padding, .zero_point = input_zero_point},
      out_(out),
      kernel_h_(conv.weights.shape[2]),
      kernel_w_(conv.weights.shape[3]),
      stride_(conv.stride),
      requantize_(conv.requantize) {
  const int64_t taps = kernel_h_ * kernel_w_;
  for (int64_t tap = 0; tap < taps; ++tap) {
    for (int64_t c = 0; c < in.channels; ++c) {
      weights_.push_back(conv.weights.levels[c * taps + tap]);
    }
  }
}

void DepthwiseOp::accumulate(const int16_t* window, int32_t* acc) const {
  const int64_t channels = out_.channels;
  if (kernel_h_ == 3 && kernel_w_ == 3) {
    sum_three_by_three(window, input_.line(), channels, weights_.data(), acc);
    return;
  }
  std::fill_n(acc, channels, 0);
  const int16_t* w = weights_.data();
  for (int64_t ky = 0; ky < kernel_h_; ++ky) {
    for (int64_t kx = 0; kx < kernel_w_; ++kx, w += channels) {
      add_products(window + ky * input_.line() + kx * channels, w, channels, acc);
    }
  }
}

void DepthwiseOp::run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
                      Scratch& scratch) const {
  const auto in_size = static_cast<size_t>(input_.shape.size());
  scratch.padded.resize(static_cast<size_t>(input_.size()));
  scratch.acc.resize(static_cast<size_t>(out_.channels));
  uint8_t* next = output.data();
  for (size_t first = 0; first < inputs[0].size(); first += in_size) {
    input_.fill(inputs[0].subspan(first, in_size), scratch.padded.data());
    for (int64_t y = 0; y < out_.height; ++y) {
      for (int64_t x = 0; x < out_.width; ++x) {
        accumulate(
            scratch.padded.data() + y * stride_ * input_.line() + x * stride_ * out_.channels,
            scratch.acc.data());
        next = requantize_.run(scratch.acc.data(), out_.channels, 1, next);
      }
    }
  }
}

}  // namespace floatsd::runtime::kernels
