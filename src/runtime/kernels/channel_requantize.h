#pragma once
// ChannelRequantize: floatsd::requantize for all channels of some pixels, vectorized.

#include <cstdint>
#include <vector>

#include "floatsd/core/requantize.h"

namespace floatsd::runtime::kernels {

/// A Requantize as the loops read it; a multiplier of 0 has the shift that suits them.
struct ChannelConstants {
  std::vector<int32_t> bias, multiplier, shift;
  int32_t zero_point = 0, lower = 0;
};

class ChannelRequantize {
 public:
  explicit ChannelRequantize(const Requantize& requantize);

  /// The codes of `pixels` pixels at `codes` [pixels, C], from accumulators [pixels, stride] whose
  /// first C are used; returns the end of the codes. Requires |acc + bias| < 2^31.
  uint8_t* run(const int32_t* acc, int64_t stride, int64_t pixels, uint8_t* codes) const;

 private:
  ChannelConstants constants_;
  bool shifts_far_ = true;  // every shift is at least kFarShift
};

}  // namespace floatsd::runtime::kernels
