#pragma once
// GroupedConvolution: a convolution of any number of groups, each a dense one of its own channels.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "integer/convolution.h"
#include "integer/dense_convolution.h"

namespace floatsd::integer {

class GroupedConvolution final : public Convolution {
 public:
  /// As make_convolution; requires more than one group.
  GroupedConvolution(const ConvolutionShape& shape, std::span<const int16_t> levels,
                     int32_t zero_point);

  void run(std::span<const uint8_t> images, Scratch scratch, const Visit& visit) const override;
  [[nodiscard]] size_t scratch_bytes() const override;

 private:
  ConvolutionShape shape_;
  ConvolutionShape part_;  // of one group
  std::vector<std::unique_ptr<DenseConvolution>> groups_;
};

}  // namespace floatsd::integer
