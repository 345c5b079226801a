#include "integer/dense_convolution.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>

#include "floatsd/core/qparams.h"
#include "integer/fits_byte.h"

namespace floatsd::integer {
namespace {

/// -zero_point * the sum of each output channel's levels; 0 up to `channels`.
std::vector<int32_t> starts(const ConvolutionShape& shape, std::span<const int16_t> levels,
                            int32_t zero_point, int64_t channels) {
  std::vector<int32_t> start(static_cast<size_t>(channels), 0);
  for (int64_t o = 0; o < shape.out_channels; ++o) {
    const auto row = levels.subspan(o * shape.row(), shape.row());
    start[o] = -zero_point * std::accumulate(row.begin(), row.end(), int32_t{0});
  }
  return start;
}

/// Values that lie side by side in the image as in the kernel: a kernel row's, or with dilation
/// those of one of its pixels.
int64_t run_length(const ConvolutionShape& shape) {
  const Window& window = shape.window;
  return shape.channels * (window.dilation.width == 1 ? window.size.width : 1);
}

/// Where each run of the kernel begins in the image, in values from the window's first.
std::vector<int64_t> run_places(const ConvolutionShape& shape, int64_t line) {
  const Window& window = shape.window;
  const int columns = window.dilation.width == 1 ? 1 : window.size.width;
  std::vector<int64_t> places;
  for (int ky = 0; ky < window.size.height; ++ky) {
    for (int kx = 0; kx < columns; ++kx) {
      places.push_back(ky * window.dilation.height * line +
                       kx * window.dilation.width * shape.channels);
    }
  }
  return places;
}

/// Whether neighbouring levels of each run, by twos, have magnitudes that add up to kMostMagnitude
/// at most.
bool words_fit(const ConvolutionShape& shape, std::span<const int16_t> levels) {
  const int64_t row = run_length(shape);
  for (int64_t first = 0; first < static_cast<int64_t>(levels.size()); first += row) {
    for (int64_t i = first; i + 1 < first + row; i += 2) {
      if (std::abs(levels[i]) + std::abs(levels[i + 1]) > kMostMagnitude) {
        return false;
      }
    }
  }
  return true;
}

/// Whether levels fit a byte, and all sums of level * code 32 bits.
bool quads_fit(const ConvolutionShape& shape, std::span<const int16_t> levels, int32_t zero_point) {
  for (int64_t o = 0; o < shape.out_channels; ++o) {
    int64_t sum = 0;
    int64_t magnitude = 0;
    for (const int16_t level : levels.subspan(o * shape.row(), shape.row())) {
      sum += level;
      magnitude += std::abs(level);
      if (!fits_byte(level)) {
        return false;
      }
    }
    if (magnitude * kMaxCode + std::abs(zero_point * sum) > std::numeric_limits<int32_t>::max()) {
      return false;
    }
  }
  return true;
}

/// A run's levels to every kBlockChannels-th word, the last one filled up with 0.
template <typename Value>
void pack_row(std::span<const int16_t> levels, uint8_t* to) {
  constexpr size_t kValues = kWordBytes / sizeof(Value);
  for (size_t i = 0; i < levels.size(); i += kValues, to += kBlockBytes) {
    Value word[kValues] = {};
    for (size_t v = 0; v < std::min(kValues, levels.size() - i); ++v) {
      word[v] = static_cast<Value>(levels[i + v]);
    }
    std::memcpy(to, word, sizeof word);
  }
}

/// Whether a kernel that takes such operands computes this convolution exactly.
bool fits(Operands operands, const ConvolutionShape& shape, std::span<const int16_t> levels,
          int32_t zero_point) {
  switch (operands) {
    case Operands::kPairs:
      return true;
    case Operands::kQuads:
      return quads_fit(shape, levels, zero_point);
    case Operands::kOrderedQuads:
      return quads_fit(shape, levels, zero_point) && words_fit(shape, levels);
  }
  return false;
}

}  // namespace

DenseConvolution::DenseConvolution(const ConvolutionShape& shape, std::span<const int16_t> levels,
                                   int32_t zero_point, Dot dot)
    : shape_(shape),
      input_(shape, zero_point),
      dot_(fits(dot.operands, shape, levels, zero_point) ? dot : best_pair_dot()),
      quads_(dot_.operands != Operands::kPairs),
      value_bytes_(quads_ ? 1 : 2),
      blocks_((shape.out_channels + kBlockChannels - 1) / kBlockChannels) {
  const Extent& stride = shape.window.stride;
  for (int64_t y = 0; y < shape.out_height(); ++y) {
    for (int64_t x = 0; x < shape.out_width(); ++x) {
      pixel_offsets_.push_back(
          (y * stride.height * input_.line() + x * stride.width * shape.channels) * value_bytes_);
    }
  }
  start_ = starts(shape, levels, quads_ ? zero_point : 0, blocks_ * kBlockChannels);
  const int64_t run = run_length(shape);
  const int64_t run_words = (run * value_bytes_ + kWordBytes - 1) / kWordBytes;
  const std::vector<int64_t> places = run_places(shape, input_.line());
  const auto runs = static_cast<int64_t>(places.size());
  std::vector<int32_t> offsets;
  for (const int64_t place : places) {
    for (int64_t word = 0; word < run_words; ++word) {
      offsets.push_back(static_cast<int32_t>(place * value_bytes_ + word * kWordBytes));
    }
  }
  for (int64_t block = 0; block < blocks_; ++block) {
    std::vector<uint8_t> weights(offsets.size() * kBlockBytes);
    const int64_t first = block * kBlockChannels;
    for (int64_t o = first; o < std::min(first + kBlockChannels, shape.out_channels); ++o) {
      for (int64_t r = 0; r < runs; ++r) {
        const auto from = levels.subspan((o * runs + r) * run, run);
        uint8_t* to = weights.data() + r * run_words * kBlockBytes + (o - first) * kWordBytes;
        quads_ ? pack_row<int8_t>(from, to) : pack_row<int16_t>(from, to);
      }
    }
    put_in_order(weights, offsets);
  }
}

/// The next block's words, in the order that the dot kernel wants.
void DenseConvolution::put_in_order(std::span<const uint8_t> weights,
                                    std::span<const int32_t> offsets) {
  WordOrder order;
  if (dot_.operands == Operands::kOrderedQuads) {
    order = order_words(weights);
  } else {
    order.counts.all = static_cast<int>(offsets.size());
    order.words.resize(offsets.size());
    std::iota(order.words.begin(), order.words.end(), 0);
  }
  words_.push_back(order.counts);
  for (const int word : order.words) {
    const auto from = weights.subspan(word * kBlockBytes, kBlockBytes);
    weights_.insert(weights_.end(), from.begin(), from.end());
    word_offsets_.push_back(offsets[word]);
  }
}

int64_t DenseConvolution::images_together() const {
  constexpr int64_t kMany = 10 * kBlockPixels;
  const int64_t pixels = shape_.out_pixels();
  return pixels >= kMany ? 1 : kBlockPixels / std::gcd(int64_t{kBlockPixels}, pixels);
}

/// Whether the dot kernel can read images as they are.
bool DenseConvolution::is_read_in_place() const {
  return quads_ && run_length(shape_) % kWordBytes == 0 && shape_.window.padding == Padding{};
}

/// Of images_together() images inside their padding.
int64_t DenseConvolution::padded_bytes() const {
  const int64_t behind = kWordBytes;  // the last word is read whole, with weights of 0
  return is_read_in_place() ? 0 : images_together() * input_.size() * value_bytes_ + behind;
}

/// Images inside their padding, as values that the dot kernel reads.
void DenseConvolution::pad(std::span<const uint8_t> images, std::span<uint8_t> padded) const {
  uint8_t* to = padded.data();
  for (size_t first = 0; first < images.size(); first += shape_.in_size()) {
    const auto codes = images.subspan(first, shape_.in_size());
    quads_ ? input_.fill(codes, to) : input_.fill(codes, reinterpret_cast<int16_t*>(to));
    to += input_.size() * value_bytes_;
  }
}

size_t DenseConvolution::scratch_bytes() const {
  return Scratch::bytes<uint8_t>(padded_bytes()) +
         Scratch::bytes<int32_t>(kBlockPixels * shape_.acc_stride());
}

void DenseConvolution::run(std::span<const uint8_t> images, Scratch scratch,
                           const Visit& visit) const {
  const int64_t in_size = shape_.in_size();
  const auto all_images = static_cast<int64_t>(images.size()) / in_size;
  const auto pixels = static_cast<int64_t>(pixel_offsets_.size());
  const int64_t channels = shape_.acc_stride();
  const auto padded = scratch.take<uint8_t>(padded_bytes());
  const auto acc = scratch.take<int32_t>(kBlockPixels * channels);
  DotBlock block{.pixels = {},
                 .used = 0,
                 .channel_blocks = static_cast<int>(blocks_),
                 .words = words_.data(),
                 .offsets = word_offsets_.data(),
                 .weights = weights_.data(),
                 .start = start_.data()};
  for (int64_t first = 0; first < all_images; first += images_together()) {
    const int64_t count = std::min(images_together(), all_images - first);
    const auto together = images.subspan(first * in_size, count * in_size);
    const uint8_t* image = together.data();
    if (!is_read_in_place()) {
      pad(together, padded);
      image = padded.data();
    }
    int64_t pixel = 0;  // of `image`
    for (int64_t left = count * pixels; left > 0; left -= kBlockPixels) {
      const int64_t used = std::min<int64_t>(kBlockPixels, left);
      block.used = static_cast<int>(used);
      for (int64_t p = 0; p < kBlockPixels; ++p) {
        if (p < used) {
          block.pixels[p] = image + pixel_offsets_[pixel];
          if (++pixel == pixels) {
            pixel = 0;
            image += input_.size() * value_bytes_;
          }
        } else {
          block.pixels[p] = block.pixels[used - 1];
        }
      }
      dot_.function(block, acc.data(), channels);
      visit(used, acc.data(), channels);
    }
  }
}

}  // namespace floatsd::integer
