#pragma once
// ConvolutionOp: a convolution or a linear operator, with what follows it: max pooling and
// requantization.

#include <cstdint>
#include <memory>
#include <span>

#include "integer/convolution.h"
#include "runtime/kernels/channel_requantize.h"
#include "runtime/kernels/kernel.h"

namespace floatsd::runtime::kernels {

/// A linear operator is a 1x1 convolution over one pixel with C * H * W channels, its weights
/// reordered to match.
class ConvolutionOp final : public Kernel {
 public:
  /// Requires a valid op with weights.
  ConvolutionOp(const Op& op, const ActivationShape& in, const ActivationShape& out,
                int32_t input_zero_point);

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch scratch) const override;
  [[nodiscard]] size_t scratch_bytes() const override;

 private:
  void run_pooled(std::span<const uint8_t> images, std::span<uint8_t> output,
                  Scratch scratch) const;
  uint8_t* pool_image(std::span<int32_t> acc, uint8_t* codes) const;

  integer::ConvolutionShape shape_;
  ActivationShape out_;
  int pool_ = 1;
  std::unique_ptr<const integer::Convolution> convolution_;
  ChannelRequantize requantize_;
};

}  // namespace floatsd::runtime::kernels
