#include "runtime/kernels/convolution_op.h"

#include <algorithm>
#include <functional>

#include "core/vectorize.h"

namespace floatsd::runtime::kernels {
namespace {

FLOATSD_VECTORIZED
void take_larger(const int32_t* __restrict other, int64_t channels, int32_t* __restrict largest) {
  for (int64_t c = 0; c < channels; ++c) {
    largest[c] = std::max(largest[c], other[c]);
  }
}

integer::ConvolutionShape convolution_shape(const Op& op, const ActivationShape& in) {
  const auto* conv = std::get_if<Conv2d>(&op.body);
  if (conv == nullptr) {
    return {.channels = in.size(), .out_channels = weights(op)->shape[0]};
  }
  return {.height = in.height,
          .width = in.width,
          .channels = in.channels,
          .out_channels = conv->weights.shape[0],
          .window = conv->window(),
          .groups = conv->groups};
}

/// Levels [O][C][H][W] as [O][H][W][C].
std::vector<int16_t> channels_last(std::span<const int16_t> levels, const ActivationShape& kernel) {
  const int64_t plane = kernel.height * kernel.width;
  std::vector<int16_t> result(levels.size());
  for (size_t i = 0; i < levels.size(); i += kernel.size()) {
    for (int64_t c = 0; c < kernel.channels; ++c) {
      for (int64_t p = 0; p < plane; ++p) {
        result[i + p * kernel.channels + c] = levels[i + c * plane + p];
      }
    }
  }
  return result;
}

std::vector<int16_t> ordered_levels(const Op& op, const ActivationShape& in) {
  const Weights& w = *weights(op);
  return channels_last(
      w.levels, w.shape.size() == 2 ? in : ActivationShape{w.shape[1], w.shape[2], w.shape[3]});
}

}  // namespace

ConvolutionOp::ConvolutionOp(const Op& op, const ActivationShape& in, const ActivationShape& out,
                             int32_t input_zero_point)
    : shape_(convolution_shape(op, in)),
      out_(out),
      convolution_(integer::make_convolution(shape_, ordered_levels(op, in), input_zero_point)),
      requantize_(*requantization(op)) {
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    pool_ = conv->pool;
  }
}

void ConvolutionOp::run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
                        Scratch scratch) const {
  if (pool_ > 1) {
    run_pooled(inputs[0], output, scratch);
    return;
  }
  uint8_t* next = output.data();
  const auto requantize = [&](int64_t pixels, const int32_t* acc, int64_t stride) {
    next = requantize_.run(acc, stride, pixels, next);
  };
  convolution_->run(inputs[0], scratch, std::ref(requantize));
}

size_t ConvolutionOp::scratch_bytes() const {
  const int64_t kept = pool_ > 1 ? shape_.out_pixels() * shape_.acc_stride() : 0;
  return Scratch::bytes<int32_t>(kept) + convolution_->scratch_bytes();
}

void ConvolutionOp::run_pooled(std::span<const uint8_t> images, std::span<uint8_t> output,
                               Scratch scratch) const {
  const auto kept = scratch.take<int32_t>(shape_.out_pixels() * shape_.acc_stride());
  uint8_t* next = output.data();
  const auto in_size = static_cast<size_t>(shape_.in_size());
  for (size_t first = 0; first < images.size(); first += in_size) {
    int32_t* to = kept.data();
    const auto keep = [&to](int64_t pixels, const int32_t* acc, int64_t stride) {
      to = std::copy_n(acc, pixels * stride, to);
    };
    convolution_->run(images.subspan(first, in_size), scratch, std::ref(keep));
    next = pool_image(kept, next);
  }
}

/// One image's accumulators [pixels][acc_stride] pooled, in their place, and requantized.
uint8_t* ConvolutionOp::pool_image(std::span<int32_t> acc, uint8_t* codes) const {
  const int64_t stride = shape_.acc_stride();
  const int64_t columns = shape_.out_width();
  for (int64_t y = 0; y < out_.height * pool_;
       y += pool_) {  // a remainder at the border is dropped
    for (int64_t x = 0; x < out_.width * pool_; x += pool_) {
      int32_t* largest = acc.data() + (y * columns + x) * stride;
      for (int64_t i = 1; i < int64_t{pool_} * pool_; ++i) {
        const int64_t pixel = (y + i / pool_) * columns + x + i % pool_;
        take_larger(acc.data() + pixel * stride, out_.channels, largest);
      }
    }
    codes = requantize_.run(acc.data() + y * columns * stride, pool_ * stride, out_.width, codes);
  }
  return codes;
}

}  // namespace floatsd::runtime::kernels
