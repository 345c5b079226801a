#pragma once
// PackedOp: an ungrouped convolution or a linear operator laid out for the dot kernel.

#include <cstdint>
#include <span>
#include <vector>

#include "dot_block.h"
#include "floatsd/runtime/program.h"

namespace floatsd::runtime::kernels {

/// What a thread needs beside the activations; grows to the largest operator and is reused.
struct Scratch {
  std::vector<int16_t> padded;  ///< images, codes less the zero point, inside their zero padding
  std::vector<int32_t> acc;     ///< [images * pixels, channel blocks * kBlockChannels]
  std::vector<int32_t> codes;   ///< of one pixel, all blocks
};

/// Activations are [H, W, C] here. A linear operator is a 1x1 convolution over one pixel with C * H
/// * W channels, its weights reordered to match.
class PackedOp {
 public:
  /// Requires a valid op, without groups.
  PackedOp(const Op& op, const ActivationShape& in, const ActivationShape& out,
           int32_t input_zero_point);

  /// Images one after the other, each [H, W, C]. Requires spans of equally many whole images.
  void run(std::span<const uint8_t> input, std::span<uint8_t> output, DotFunction dot,
           Scratch& scratch) const;

 private:
  void pack(const Weights& weights, const ActivationShape& in);
  void pack(const Requantize& requantize);
  void pad(std::span<const uint8_t> input, int64_t images, Scratch& scratch) const;
  void accumulate(int64_t images, DotFunction dot, Scratch& scratch) const;
  void pool_and_requantize(int64_t image, Scratch& scratch, std::span<uint8_t> output) const;

  ActivationShape in_;  // as the convolution sees it
  int64_t kernel_h_ = 1, kernel_w_ = 1;
  int stride_ = 1, padding_ = 0, pool_ = 1;
  int64_t rows_ = 1, columns_ = 1;  // of accumulators, before pooling
  int64_t out_channels_ = 0, blocks_ = 0;
  int pairs_ = 0;
  int32_t zero_point_ = 0;
  std::vector<int64_t> pixel_offsets_;  // of each accumulator's window in the padded image
  int64_t padded_size_ = 0;
  QParams output_;
  int32_t lower_ = 0;
  // One entry a channel; the channels that fill up the last block have multiplier 0.
  std::vector<int32_t> bias_, multiplier_, shift_;
  std::vector<int16_t> weights_;  // [blocks][kernel_h][pairs][kBlockChannels][2]
};

}  // namespace floatsd::runtime::kernels
