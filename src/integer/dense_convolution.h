#pragma once
// DenseConvolution: an ungrouped convolution laid out for the dot kernel.

#include <cstdint>
#include <span>
#include <vector>

#include "integer/convolution.h"
#include "integer/dot_block.h"
#include "integer/padded_input.h"

namespace floatsd::integer {

/// On quads codes are multiplied as they are; the sums start at -zero point * sum of levels. Where
/// levels exceed a byte, those numbers 32 bits, or neighbouring levels what ordered quads hold, it
/// runs on pairs.
class DenseConvolution final : public Convolution {
 public:
  /// As make_convolution.
  DenseConvolution(const ConvolutionShape& shape, std::span<const int16_t> levels,
                   int32_t zero_point, Dot dot = best_dot());

  void run(std::span<const uint8_t> images, Scratch scratch, const Visit& visit) const override;
  [[nodiscard]] size_t scratch_bytes() const override;
  [[nodiscard]] int64_t images_together() const override;

 private:
  void put_in_order(std::span<const uint8_t> weights, std::span<const int32_t> offsets);
  [[nodiscard]] bool is_read_in_place() const;
  [[nodiscard]] int64_t padded_bytes() const;
  void pad(std::span<const uint8_t> images, std::span<uint8_t> padded) const;

  ConvolutionShape shape_;
  PaddedInput input_;
  Dot dot_;
  bool quads_;                          // values are bytes
  int64_t value_bytes_;                 // of an input value, and of a weight
  int64_t blocks_;                      // of output channels
  std::vector<int64_t> pixel_offsets_;  // bytes to each output pixel's window in the padded image
  std::vector<WordCounts> words_;       // of each block
  std::vector<int32_t> word_offsets_;   // [blocks][words] bytes in the window
  std::vector<uint8_t> weights_;        // [blocks][words][kBlockChannels] words
  std::vector<int32_t> start_;          // [blocks * kBlockChannels]
};

}  // namespace floatsd::integer
