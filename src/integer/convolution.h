#pragma once
// Convolution: accumulators of codes and levels, in 32-bit integers, on the fastest instructions of
// this machine (AVX-512 with or without VNNI, AVX2, plain; all equal). The integer network runs it,
// and so does the forward pass of training.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "floatsd/core/window.h"
#include "integer/scratch.h"

namespace floatsd::integer {

/// Kernels work on so many channels side by side; the stride of accumulators is a multiple of it.
inline constexpr int64_t kChannelsTogether = 16;

/// One image of codes [H, W, C] to accumulators [H', W', O], H' and W' as often as the window fits.
/// A linear operator has H = W = 1.
struct ConvolutionShape {
  int64_t height = 1, width = 1, channels = 1;  ///< of the input
  int64_t out_channels = 1;
  Window window;
  int64_t groups = 1;  ///< each part of the outputs sees its part of the inputs; divides both

  /// A kernel for each channel.
  [[nodiscard]] bool depthwise() const {
    return groups > 1 && groups == channels && groups == out_channels;
  }
  [[nodiscard]] int64_t out_height() const { return window.rows(height); }
  [[nodiscard]] int64_t out_width() const { return window.columns(width); }
  [[nodiscard]] int64_t in_size() const { return height * width * channels; }
  [[nodiscard]] int64_t out_pixels() const { return out_height() * out_width(); }
  /// Levels of one output channel.
  [[nodiscard]] int64_t row() const {
    return channels / groups * window.size.height * window.size.width;
  }
  /// Of an output pixel's accumulators: the output channels, filled up to whole kChannelsTogether.
  [[nodiscard]] int64_t acc_stride() const {
    return (out_channels + kChannelsTogether - 1) / kChannelsTogether * kChannelsTogether;
  }
};

class Convolution {
 public:
  Convolution() = default;
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;
  virtual ~Convolution() = default;

  /// The next `pixels` output pixels: pixel p's accumulators are acc[p * stride + c], c < O; the
  /// stride is the shape's acc_stride().
  using Visit = std::function<void(int64_t pixels, const int32_t* acc, int64_t stride)>;

  /// Shows the sums of level * (code - zero point) of whole images [n, H, W, C], pixel after pixel.
  /// May run on several threads, each with its own scratch of scratch_bytes(); takes no other
  /// memory.
  virtual void run(std::span<const uint8_t> images, Scratch scratch, const Visit& visit) const = 0;
  [[nodiscard]] virtual size_t scratch_bytes() const = 0;

  /// How many images fill whole vectors, where one alone would leave much of its last one empty.
  [[nodiscard]] virtual int64_t images_together() const { return 1; }
};

/// `levels` [O][Kh][Kw][C / groups]. Requires sum |level| *
/// max(zero_point, 255 - zero_point) < 2^31 in every channel; padding counts as 0. Throws Error
/// where the input has more than 2^29 values inside its padding.
std::unique_ptr<const Convolution> make_convolution(const ConvolutionShape& shape,
                                                    std::span<const int16_t> levels,
                                                    int32_t zero_point);

}  // namespace floatsd::integer
