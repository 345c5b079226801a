#pragma once
// DepthwiseConvolution: a convolution with a kernel for each channel, vectorized over channels.

#include <cstdint>
#include <span>
#include <vector>

#include "depthwise_row.h"
#include "floatsd/integer/convolution.h"
#include "padded_input.h"

namespace floatsd::integer {

/// 3x3 kernels of levels that fit a byte run on codes as they are, by depthwise_row.h where the
/// machine has it; others on codes less their zero point, as 16-bit values.
class DepthwiseConvolution final : public Convolution {
 public:
  /// As make_convolution.
  DepthwiseConvolution(const ConvolutionShape& shape, std::span<const int16_t> levels,
                       int32_t zero_point, DepthwiseRowFunction row = best_depthwise_row());

  void run(std::span<const uint8_t> images, Scratch& scratch, const Visit& visit) const override;

 private:
  void pack_bytes(std::span<const int16_t> levels);
  void run_bytes(const uint8_t* image, Scratch& scratch, const Visit& visit) const;
  void run_words(const int16_t* image, Scratch& scratch, const Visit& visit) const;

  ConvolutionShape shape_;
  PaddedInput input_;
  int64_t stride_;                      // of accumulators: channels, rounded up to kLanes
  DepthwiseRowFunction row_ = nullptr;  // empty: 16-bit values
  std::vector<int8_t> byte_weights_;    // see DepthwiseRow
  std::vector<int32_t> start_;
  std::vector<int16_t> word_weights_;  // [kernel_h][kernel_w][C]
};

}  // namespace floatsd::integer
