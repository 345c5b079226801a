#pragma once
// ChannelRequantize: floatsd::requantize for all channels of some pixels, vectorized.

#include <cstdint>
#include <span>
#include <vector>

#include "floatsd/core/requantize.h"
#include "integer/convolution.h"

namespace floatsd::runtime::kernels {

using integer::kChannelsTogether;

/// A Requantize as the loops read it, filled up to whole kChannelsTogether. No multiplier is 0.
struct ChannelConstants {
  int64_t channels = 0;
  std::vector<int32_t> bias, multiplier, shift;
  int32_t zero_point = 0, lower = 0;
};

/// The codes of `pixels` pixels at `codes` [pixels, C], from accumulators [pixels, stride] whose
/// first C are used. Requires |acc + bias| < 2^31, and a stride that is a multiple of
/// kChannelsTogether: vectors read what follows the last channel.
using RequantizePixels = void (*)(const int32_t* acc, int64_t stride, int64_t pixels,
                                  const ChannelConstants& constants, uint8_t* codes);

struct RequantizeKernel {
  const char* name;
  RequantizePixels function;
};

/// From here on requantization works in 32 bits, where a vector has twice the channels, and every
/// instruction set has the shifts. It is the case unless a multiplier is 1/2 or more.
inline constexpr int32_t kFarShift = 17;

/// Those that this machine runs, the fastest first; the last one is plain. Every shift must be
/// kFarShift at least.
std::span<const RequantizeKernel> far_requantize_kernels();

class ChannelRequantize {
 public:
  /// `far`: the kernel to take where every shift is kFarShift at least.
  explicit ChannelRequantize(const Requantize& requantize,
                             RequantizeKernel far = far_requantize_kernels().front());

  /// As RequantizePixels; returns the end of the codes.
  uint8_t* run(const int32_t* acc, int64_t stride, int64_t pixels, uint8_t* codes) const;

 private:
  ChannelConstants constants_;
  uint8_t upper_;
  RequantizePixels requantize_;
};

}  // namespace floatsd::runtime::kernels
