#include "packed_op.h"

#include <algorithm>

#include "floatsd/core/vectorize.h"

namespace floatsd::runtime::kernels {
namespace {

/// The index of a linear operator's weight for input value (c, y, x).
int64_t chw_index(const ActivationShape& in, int64_t hwc) {
  const int64_t c = hwc % in.channels;
  const int64_t pixel = hwc / in.channels;
  return c * in.height * in.width + pixel;
}

FLOATSD_VECTORIZED
void take_larger(const int32_t* __restrict other, int64_t channels, int32_t* __restrict largest) {
  for (int64_t c = 0; c < channels; ++c) {
    largest[c] = std::max(largest[c], other[c]);
  }
}

/// floatsd::requantize for each channel of a pixel.
FLOATSD_VECTORIZED
void requantize_pixel(const int32_t* __restrict acc, const int32_t* __restrict bias,
                      const int32_t* __restrict multiplier, const int32_t* __restrict shift,
                      int64_t channels, int32_t zero_point, int32_t lower,
                      int32_t* __restrict codes) {
  for (int64_t c = 0; c < channels; ++c) {
    codes[c] = floatsd::requantize(int64_t{acc[c]} + bias[c], {multiplier[c], shift[c]}, zero_point,
                                   lower);
  }
}

}  // namespace

PackedOp::PackedOp(const Op& op, const ActivationShape& in, const ActivationShape& out,
                   int32_t input_zero_point)
    : in_(in),
      out_channels_(out.channels),
      blocks_((out.channels + kBlockChannels - 1) / kBlockChannels),
      zero_point_(input_zero_point) {
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    kernel_h_ = conv->weights.shape[2];
    kernel_w_ = conv->weights.shape[3];
    stride_ = conv->stride;
    padding_ = conv->padding;
    pool_ = conv->pool;
  } else {
    in_ = {in.size(), 1, 1};
  }
  rows_ = out.height * pool_;  // what pooling drops at the border is not computed
  columns_ = out.width * pool_;
  pairs_ = static_cast<int>((kernel_w_ * in_.channels + 1) / 2);
  const int64_t line = (in_.width + 2 * padding_) * in_.channels;
  padded_size_ = (in_.height + 2 * padding_) * line;
  for (int64_t y = 0; y < rows_; ++y) {
    for (int64_t x = 0; x < columns_; ++x) {
      pixel_offsets_.push_back(y * stride_ * line + x * stride_ * in_.channels);
    }
  }
  pack(*weights(op), in);
  pack(*requantization(op));
}

void PackedOp::pack(const Requantize& requantize) {
  output_ = requantize.output;
  lower_ = requantize.lower_code();
  const auto padded = static_cast<size_t>(blocks_ * kBlockChannels);
  bias_ = requantize.bias;
  bias_.resize(padded, 0);
  for (const FixedPoint& by : requantize.multipliers) {
    multiplier_.push_back(by.multiplier);
    shift_.push_back(by.shift);
  }
  multiplier_.resize(padded, 0);
  shift_.resize(padded, 1);
}

void PackedOp::pack(const Weights& weights, const ActivationShape& in) {
  weights_.assign(static_cast<size_t>(blocks_ * kernel_h_ * pairs_ * kBlockChannels * 2), 0);
  const int64_t row = kernel_w_ * in_.channels;
  for (int64_t o = 0; o < out_channels_; ++o) {
    const int64_t block = o / kBlockChannels;
    for (int64_t ky = 0; ky < kernel_h_; ++ky) {
      for (int64_t i = 0; i < row; ++i) {  // kx * C + c
        const int64_t kx = i / in_.channels;
        const int64_t c = i % in_.channels;
        const int64_t from =
            weights.shape.size() == 2 ? chw_index(in, i) : (c * kernel_h_ + ky) * kernel_w_ + kx;
        const int64_t pair = (block * kernel_h_ + ky) * pairs_ + i / 2;
        weights_[(pair * kBlockChannels + o % kBlockChannels) * 2 + i % 2] =
            weights.levels[o * kernel_h_ * row + from];
      }
    }
  }
}

void PackedOp::run(std::span<const uint8_t> input, std::span<uint8_t> output, DotFunction dot,
                   Scratch& scratch) const {
  const auto in_size = static_cast<size_t>(in_.size());
  const auto out_size = pixel_offsets_.size() / static_cast<size_t>(pool_ * pool_) *
                        static_cast<size_t>(out_channels_);
  const auto pixels = static_cast<int64_t>(pixel_offsets_.size());
  const auto all_images = static_cast<int64_t>(input.size() / in_size);
  // A small output fills a block of pixels with those of several images.
  const int64_t together = (kBlockPixels + pixels - 1) / pixels;
  for (int64_t first = 0; first < all_images; first += together) {
    const int64_t images = std::min(together, all_images - first);
    pad(input.subspan(first * in_size, images * in_size), images, scratch);
    accumulate(images, dot, scratch);
    for (int64_t image = 0; image < images; ++image) {
      pool_and_requantize(image, scratch, output.subspan((first + image) * out_size, out_size));
    }
  }
}

void PackedOp::pad(std::span<const uint8_t> input, int64_t images, Scratch& scratch) const {
  const int64_t line = (in_.width + 2 * padding_) * in_.channels;
  const int64_t behind = 1;  // an odd kernel row reads one value more
  scratch.padded.assign(static_cast<size_t>(images * padded_size_ + behind), 0);
  const int64_t width = in_.width * in_.channels;
  const uint8_t* from = input.data();
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t y = 0; y < in_.height; ++y, from += width) {
      int16_t* to = scratch.padded.data() + image * padded_size_ + (y + padding_) * line +
                    padding_ * in_.channels;
      for (int64_t i = 0; i < width; ++i) {
        to[i] = static_cast<int16_t>(from[i] - zero_point_);
      }
    }
  }
}

void PackedOp::accumulate(int64_t images, DotFunction dot, Scratch& scratch) const {
  const auto image_pixels = static_cast<int64_t>(pixel_offsets_.size());
  const int64_t pixels = images * image_pixels;
  const int64_t channels = blocks_ * kBlockChannels;
  scratch.acc.resize(static_cast<size_t>(pixels * channels));
  int32_t acc[kBlockPixels][kBlockChannels];
  for (int64_t first = 0; first < pixels; first += kBlockPixels) {
    DotBlock block{.row_stride = (in_.width + 2 * padding_) * in_.channels,
                   .rows = static_cast<int>(kernel_h_),
                   .pairs = pairs_};
    for (int p = 0; p < kBlockPixels; ++p) {
      const int64_t pixel = std::min(first + p, pixels - 1);
      block.pixels[p] = scratch.padded.data() + pixel / image_pixels * padded_size_ +
                        pixel_offsets_[pixel % image_pixels];
    }
    const int64_t used = std::min<int64_t>(kBlockPixels, pixels - first);
    for (int64_t b = 0; b < blocks_; ++b) {
      block.weights = weights_.data() + b * kernel_h_ * pairs_ * kBlockChannels * 2;
      dot(block, acc);
      for (int64_t p = 0; p < used; ++p) {
        std::copy_n(acc[p], kBlockChannels,
                    scratch.acc.data() + (first + p) * channels + b * kBlockChannels);
      }
    }
  }
}

void PackedOp::pool_and_requantize(int64_t image, Scratch& scratch,
                                   std::span<uint8_t> output) const {
  const int64_t channels = blocks_ * kBlockChannels;
  int32_t* acc =
      scratch.acc.data() + image * static_cast<int64_t>(pixel_offsets_.size()) * channels;
  scratch.codes.resize(static_cast<size_t>(channels));
  uint8_t* next = output.data();
  for (int64_t y = 0; y < rows_; y += pool_) {
    for (int64_t x = 0; x < columns_; x += pool_) {
      int32_t* largest = acc + (y * columns_ + x) * channels;
      for (int64_t i = 1; i < int64_t{pool_} * pool_; ++i) {
        const int64_t pixel = (y + i / pool_) * columns_ + x + i % pool_;
        take_larger(acc + pixel * channels, channels, largest);
      }
      requantize_pixel(largest, bias_.data(), multiplier_.data(), shift_.data(), channels,
                       output_.zero_point, lower_, scratch.codes.data());
      next = std::copy_n(scratch.codes.data(), out_channels_, next);
    }
  }
}

}  // namespace floatsd::runtime::kernels
