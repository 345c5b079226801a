#pragma once
// The inner loop of a 3x3 depthwise convolution on bytes: one row of output pixels.

#include <cstdint>

namespace floatsd::integer {

inline constexpr int kLanes = 16;  ///< channels side by side

/// One row's operands. Three input lines of codes [W, C], as they are; a column of them makes a
/// word of three codes and a 0, multiplied by a word of three levels and a 0.
struct DepthwiseRow {
  const uint8_t* lines[3];  ///< each at the first output pixel's window
  int64_t channels;
  int64_t pixels;  ///< of the output
  int64_t stride;
  const int8_t* weights;  ///< [3 columns][channels, rounded up to kLanes][4]
  const int32_t* start;   ///< [channels, rounded up to kLanes], what the sums begin with
};

/// acc[p * channels rounded up + c] = start[c] + sum of level * code.
using DepthwiseRowFunction = void (*)(const DepthwiseRow& row, int32_t* acc);

/// The one that this machine runs (AVX-512 with VNNI), or nullptr.
DepthwiseRowFunction best_depthwise_row();

}  // namespace floatsd::integer
