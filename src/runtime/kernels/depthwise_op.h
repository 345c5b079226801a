#pragma once
// DepthwiseOp: a convolution with a kernel for each channel, vectorized over channels.

#include <cstdint>
#include <span>
#include <vector>

#include "channel_requantize.h"
#include "kernel.h"
#include "padded_input.h"

namespace floatsd::runtime::kernels {

class DepthwiseOp final : public Kernel {
 public:
  /// As many groups as input channels and output channels, no pooling.
  static bool fits(const Conv2d& conv);

  /// Requires a valid conv that fits.
  DepthwiseOp(const Conv2d& conv, const ActivationShape& in, const ActivationShape& out,
              int32_t input_zero_point);

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch& scratch) const override;

 private:
  void accumulate(const int16_t* window, int32_t* acc) const;

  PaddedInput input_;
  ActivationShape out_;
  int64_t kernel_h_, kernel_w_, stride_;
  std::vector<int16_t> weights_;  // [kernel_h][kernel_w][C]
  ChannelRequantize requantize_;
};

}  // namespace floatsd::runtime::kernels
