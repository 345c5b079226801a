#pragma once
// DepthwiseConvolution: a convolution with a kernel for each channel, vectorized over channels.

#include <cstdint>
#include <span>
#include <vector>

#include "integer/convolution.h"
#include "integer/depthwise_row.h"
#include "integer/padded_input.h"

namespace floatsd::integer {

/// 3x3 kernels run on codes as they are, by the first of `rows` that holds their levels; where
/// there is none, and others, on codes less their zero point, as 16-bit values.
class DepthwiseConvolution final : public Convolution {
 public:
  /// As make_convolution.
  DepthwiseConvolution(const ConvolutionShape& shape, std::span<const int16_t> levels,
                       int32_t zero_point,
                       std::span<const DepthwiseRowKernel> rows = depthwise_rows());

  void run(std::span<const uint8_t> images, Scratch scratch, const Visit& visit) const override;
  [[nodiscard]] size_t scratch_bytes() const override;

 private:
  template <typename Value>
  void pack_columns(std::span<const int16_t> levels);
  void run_rows(const uint8_t* image, std::span<int32_t> acc, const Visit& visit) const;
  void run_words(const int16_t* image, std::span<int32_t> acc, const Visit& visit) const;

  ConvolutionShape shape_;
  PaddedInput input_;
  int64_t stride_;                       // of accumulators
  const DepthwiseRowKernel* row_;        // null: 16-bit values
  std::vector<uint8_t> column_weights_;  // see DepthwiseRow
  std::vector<int32_t> start_;
  std::vector<int16_t> word_weights_;  // [kernel_h][kernel_w][C]
};

}  // namespace floatsd::integer
