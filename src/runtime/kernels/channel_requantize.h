#pragma once
// ChannelRequantize: floatsd::requantize for all channels of a pixel, vectorized.

#include <cstdint>
#include <vector>

#include "floatsd/core/requantize.h"

namespace floatsd::runtime::kernels {

class ChannelRequantize {
 public:
  explicit ChannelRequantize(const Requantize& requantize);

  /// The codes of one pixel's accumulators [C] at `codes`; returns where the next pixel's go.
  /// `wide` is scratch.
  uint8_t* run(const int32_t* acc, std::vector<int32_t>& wide, uint8_t* codes) const;

 private:
  std::vector<int32_t> bias_, multiplier_, shift_;
  int32_t zero_point_ = 0, lower_ = 0;
};

}  // namespace floatsd::runtime::kernels
