#pragma once
// ChannelRequantize: floatsd::requantize for all channels of some pixels, vectorized.

#include <cstdint>
#include <vector>

#include "floatsd/core/requantize.h"

namespace floatsd::runtime::kernels {

class ChannelRequantize {
 public:
  explicit ChannelRequantize(const Requantize& requantize);

  /// The codes of `pixels` pixels at `codes` [pixels, C], from accumulators [pixels, stride] whose
  /// first C are used; returns the end of the codes. Requires |acc + bias| < 2^31.
  uint8_t* run(const int32_t* acc, int64_t stride, int64_t pixels, uint8_t* codes) const;

 private:
  std::vector<int32_t> bias_, multiplier_, shift_;
  int32_t zero_point_ = 0, lower_ = 0;
  bool shifts_far_ = true;  // every shift is at least kFarShift
};

}  // namespace floatsd::runtime::kernels
