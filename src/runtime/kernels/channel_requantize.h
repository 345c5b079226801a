#pragma once
// ChannelRequantize: floatsd::requantize for all channels of some pixels, vectorized.

#include <cstdint>
#include <vector>

#include "floatsd/core/requantize.h"
#include "floatsd/integer/convolution.h"

namespace floatsd::runtime::kernels {

using integer::kChannelsTogether;

/// A Requantize as the loops read it, filled up to whole kChannelsTogether. No multiplier is 0.
struct ChannelConstants {
  int64_t channels = 0;
  std::vector<int32_t> bias, multiplier, shift;
  int32_t zero_point = 0, lower = 0;
};

class ChannelRequantize {
 public:
  explicit ChannelRequantize(const Requantize& requantize);

  /// The codes of `pixels` pixels at `codes` [pixels, C], from accumulators [pixels, stride] whose
  /// first C are used; returns the end of the codes. Requires |acc + bias| < 2^31, and a stride
  /// that is a multiple of kChannelsTogether: vectors read what follows the last channel.
  uint8_t* run(const int32_t* acc, int64_t stride, int64_t pixels, uint8_t* codes) const;

 private:
  ChannelConstants constants_;
  bool shifts_far_ = true;  // every shift is at least kFarShift
};

}  // namespace floatsd::runtime::kernels
