#include "packed_op.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>

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

const uint8_t* bytes(const Scratch& scratch) {
  return reinterpret_cast<const uint8_t*>(scratch.padded.data());
}

/// Images whose pixels fill whole blocks, where a single one would leave much of its last block
/// empty.
int64_t images_together(int64_t pixels) {
  constexpr int64_t kMany = 10 * kBlockPixels;
  return pixels >= kMany ? 1 : kBlockPixels / std::gcd(int64_t{kBlockPixels}, pixels);
}

/// sum of levels of each output channel.
std::vector<int64_t> level_sums(const Weights& weights) {
  const auto channels = static_cast<size_t>(weights.shape.front());
  const size_t row = weights.levels.size() / channels;
  std::vector<int64_t> sums(channels, 0);
  for (size_t i = 0; i < weights.levels.size(); ++i) {
    sums[i / row] += weights.levels[i];
  }
  return sums;
}

/// Whether levels fit a byte; and sums of level * code, and the bias that takes the zero point off
/// them, 32 bits.
bool quads_fit(const Op& op, int32_t zero_point) {
  const Weights& w = *weights(op);
  const std::vector<int64_t> sums = level_sums(w);
  const size_t row = w.levels.size() / sums.size();
  for (size_t o = 0; o < sums.size(); ++o) {
    int64_t magnitude = 0;
    for (size_t i = 0; i < row; ++i) {
      const int level = w.levels[o * row + i];
      if (std::abs(level) > std::numeric_limits<int8_t>::max()) {
        return false;
      }
      magnitude += std::abs(level);
    }
    const int64_t bias = requantization(op)->bias[o] - zero_point * sums[o];
    if (magnitude * kMaxCode + std::abs(bias) >= kAccumulatorLimit) {
      return false;
    }
  }
  return true;
}

Requantize for_quads(const Op& op, int32_t zero_point) {
  Requantize result = *requantization(op);
  const std::vector<int64_t> sums = level_sums(*weights(op));
  for (size_t o = 0; o < sums.size(); ++o) {
    result.bias[o] = static_cast<int32_t>(result.bias[o] - zero_point * sums[o]);
  }
  return result;
}

}  // namespace

PackedOp::PackedOp(const Op& op, const ActivationShape& in, const ActivationShape& out,
                   int32_t input_zero_point, Dot dot)
    : input_{.shape = in, .padding = 0, .zero_point = input_zero_point},
      out_channels_(out.channels),
      blocks_((out.channels + kBlockChannels - 1) / kBlockChannels),
      dot_(dot.operands == Operands::kQuads && !quads_fit(op, input_zero_point) ? best_pair_dot()
                                                                                : dot),
      value_bytes_(dot_.operands == Operands::kQuads ? 1 : 2),
      requantize_(dot_.operands == Operands::kQuads ? for_quads(op, input_zero_point)
                                                    : *requantization(op)) {
  int64_t stride = 1;
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    kernel_h_ = conv->weights.shape[2];
    kernel_w_ = conv->weights.shape[3];
    stride = conv->stride;
    input_.padding = conv->padding;
    pool_ = conv->pool;
  } else {
    input_.shape = {in.size(), 1, 1};
  }
  rows_ = out.height * pool_;  // what pooling drops at the border is not computed
  columns_ = out.width * pool_;
  const int64_t channels = input_.shape.channels;
  words_ = static_cast<int>((kernel_w_ * channels * value_bytes_ + kWordBytes - 1) / kWordBytes);
  for (int64_t y = 0; y < rows_; ++y) {
    for (int64_t x = 0; x < columns_; ++x) {
      pixel_offsets_.push_back((y * stride * input_.line() + x * stride * channels) * value_bytes_);
    }
  }
  pack(*weights(op), in);
}

void PackedOp::pack(const Weights& weights, const ActivationShape& in) {
  constexpr int64_t kBlockBytes = int64_t{kBlockChannels} * kWordBytes;
  weights_.assign(static_cast<size_t>(blocks_ * kernel_h_ * words_ * kBlockBytes), 0);
  const int64_t channels = input_.shape.channels;
  const int64_t row = kernel_w_ * channels;
  const int64_t values = kWordBytes / value_bytes_;  // of a word
  for (int64_t o = 0; o < out_channels_; ++o) {
    const int64_t block = o / kBlockChannels;
    for (int64_t ky = 0; ky < kernel_h_; ++ky) {
      for (int64_t i = 0; i < row; ++i) {  // kx * C + c
        const int64_t kx = i / channels;
        const int64_t c = i % channels;
        const int64_t from =
            weights.shape.size() == 2 ? chw_index(in, i) : (c * kernel_h_ + ky) * kernel_w_ + kx;
        const int64_t word = (block * kernel_h_ + ky) * words_ + i / values;
        const int16_t level = weights.levels[o * kernel_h_ * row + from];
        std::memcpy(weights_.data() + word * kBlockBytes + o % kBlockChannels * kWordBytes +
                        i % values * value_bytes_,
                    &level, static_cast<size_t>(value_bytes_));  // little endian: its low bytes
      }
    }
  }
}

void PackedOp::run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
                   Scratch& scratch) const {
  const auto pixels = static_cast<int64_t>(pixel_offsets_.size());
  const auto in_size = static_cast<size_t>(input_.shape.size());
  const auto out_size = static_cast<size_t>(pixels / (pool_ * pool_) * out_channels_);
  const auto all_images = static_cast<int64_t>(inputs[0].size() / in_size);
  const int64_t together = images_together(pixels);
  for (int64_t first = 0; first < all_images; first += together) {
    const int64_t images = std::min(together, all_images - first);
    pad(inputs[0].subspan(first * in_size, images * in_size), images, scratch);
    const auto outputs = output.subspan(first * out_size, images * out_size);
    if (pool_ == 1) {
      run_plain(images, scratch, outputs);
      continue;
    }
    for (int64_t image = 0; image < images; ++image) {
      run_pooled(image, scratch, outputs.subspan(image * out_size, out_size));
    }
  }
}

void PackedOp::pad(std::span<const uint8_t> input, int64_t images, Scratch& scratch) const {
  const int64_t size = input_.size();
  const int64_t behind = kWordBytes;  // the last word is read whole, with weights of 0
  scratch.padded.resize(static_cast<size_t>((images * size * value_bytes_ + behind + 1) / 2));
  const auto in_size = static_cast<size_t>(input_.shape.size());
  for (int64_t image = 0; image < images; ++image) {
    const auto codes = input.subspan(image * in_size, in_size);
    if (dot_.operands == Operands::kQuads) {
      input_.fill(codes, reinterpret_cast<uint8_t*>(scratch.padded.data()) + image * size);
    } else {
      input_.fill(codes, scratch.padded.data() + image * size);
    }
  }
}

/// The accumulators of pixels first..last - 1, at most a block of them, counted through the padded
/// images: acc [pixels, channel blocks * kBlockChannels].
void PackedOp::accumulate(int64_t first, int64_t last, const uint8_t* padded, int32_t* acc) const {
  const auto image_pixels = static_cast<int64_t>(pixel_offsets_.size());
  const int64_t channels = blocks_ * kBlockChannels;
  DotBlock block{.row_stride = input_.line() * value_bytes_,
                 .rows = static_cast<int>(kernel_h_),
                 .words = words_};
  for (int p = 0; p < kBlockPixels; ++p) {
    const int64_t pixel = std::min(first + p, last - 1);
    block.pixels[p] = padded + pixel / image_pixels * input_.size() * value_bytes_ +
                      pixel_offsets_[pixel % image_pixels];
  }
  int32_t sums[kBlockPixels][kBlockChannels];
  for (int64_t b = 0; b < blocks_; ++b) {
    block.weights = weights_.data() + b * kernel_h_ * words_ * kBlockChannels * kWordBytes;
    dot_.function(block, sums);
    for (int64_t p = 0; p < last - first; ++p) {
      std::copy_n(sums[p], kBlockChannels, acc + p * channels + b * kBlockChannels);
    }
  }
}

void PackedOp::run_plain(int64_t images, Scratch& scratch, std::span<uint8_t> output) const {
  const int64_t channels = blocks_ * kBlockChannels;
  const int64_t pixels = images * static_cast<int64_t>(pixel_offsets_.size());
  scratch.acc.resize(static_cast<size_t>(kBlockPixels * channels));
  uint8_t* next = output.data();
  for (int64_t first = 0; first < pixels; first += kBlockPixels) {
    const int64_t last = std::min(first + kBlockPixels, pixels);
    accumulate(first, last, bytes(scratch), scratch.acc.data());
    next = requantize_.run(scratch.acc.data(), channels, last - first, next);
  }
}

void PackedOp::run_pooled(int64_t image, Scratch& scratch, std::span<uint8_t> output) const {
  const int64_t channels = blocks_ * kBlockChannels;
  const auto pixels = static_cast<int64_t>(pixel_offsets_.size());
  scratch.acc.resize(static_cast<size_t>(pixels * channels));
  int32_t* acc = scratch.acc.data();
  for (int64_t first = 0; first < pixels; first += kBlockPixels) {
    accumulate(first, std::min(first + kBlockPixels, pixels),
               bytes(scratch) + image * input_.size() * value_bytes_, acc + first * channels);
  }
  uint8_t* next = output.data();
  for (int64_t y = 0; y < rows_; y += pool_) {
    for (int64_t x = 0; x < columns_; x += pool_) {
      int32_t* largest = acc + (y * columns_ + x) * channels;
      for (int64_t i = 1; i < int64_t{pool_} * pool_; ++i) {
        const int64_t pixel = (y + i / pool_) * columns_ + x + i % pool_;
        take_larger(acc + pixel * channels, channels, largest);
      }
      next = requantize_.run(largest, channels, 1, next);
    }
  }
}

}  // namespace floatsd::runtime::kernels
