#pragma once
// PackedOp: an ungrouped convolution or a linear operator laid out for the dot kernel.

#include <cstdint>
#include <span>
#include <vector>

#include "channel_requantize.h"
#include "dot_block.h"
#include "kernel.h"
#include "padded_input.h"

namespace floatsd::runtime::kernels {

/// A linear operator is a 1x1 convolution over one pixel with C * H * W channels, its weights
/// reordered to match. On quads the sum of level * code exceeds the accumulator by
/// zero point * sum of levels, which the bias takes off; where those numbers could leave 32 bits,
/// the operator runs on pairs.
class PackedOp final : public Kernel {
 public:
  /// Requires a valid conv2d with one group, or linear.
  PackedOp(const Op& op, const ActivationShape& in, const ActivationShape& out,
           int32_t input_zero_point, Dot dot = best_dot());

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch& scratch) const override;

 private:
  void pack(const Weights& weights, const ActivationShape& in);
  void pad(std::span<const uint8_t> input, int64_t images, Scratch& scratch) const;
  void accumulate(int64_t first, int64_t last, const uint8_t* padded, int32_t* acc) const;
  void run_plain(int64_t images, Scratch& scratch, std::span<uint8_t> output) const;
  void run_pooled(int64_t image, Scratch& scratch, std::span<uint8_t> output) const;

  PaddedInput input_;  // as the convolution sees it
  int64_t kernel_h_ = 1, kernel_w_ = 1;
  int pool_ = 1;
  int64_t rows_ = 1, columns_ = 1;  // of accumulators, before pooling
  int64_t out_channels_ = 0, blocks_ = 0;
  Dot dot_;
  int64_t value_bytes_;  // of an input value, and of a weight
  int words_ = 0;
  std::vector<int64_t> pixel_offsets_;  // bytes to each accumulator's window in the padded image
  std::vector<uint8_t> weights_;        // [blocks][kernel_h][words][kBlockChannels] words
  ChannelRequantize requantize_;
};

}  // namespace floatsd::runtime::kernels
