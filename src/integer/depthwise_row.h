#pragma once
// The inner loop of a 3x3 depthwise convolution: one row of output pixels.

#include <cstdint>
#include <span>

#include "integer/dot_block.h"

namespace floatsd::integer {

inline constexpr int kLanes = kChannelsTogether;

/// One row's operands. Three input lines of codes [W, C], as they are; up to seven bytes behind the
/// last one are read and must exist. A column of three codes and a 0 is multiplied by three levels
/// and a 0: four bytes, a word, of kQuads; four 16-bit values, two words, of kPairs.
struct DepthwiseRow {
  const uint8_t* lines[3];  ///< each at the first output pixel's window
  int64_t channels;
  int64_t pixels;  ///< of the output
  int64_t stride;
  const uint8_t* weights;  ///< [3 columns][words of a column][channels, rounded up to kLanes] words
  const int32_t* start;    ///< [channels, rounded up to kLanes], what the sums begin with
};

/// acc[p * channels rounded up + c] = start[c] + sum of level * code. Vectorized for the machine;
/// all equal.
struct DepthwiseRowKernel {
  const char* name;
  Operands operands;
  void (*function)(const DepthwiseRow& row, int32_t* acc);
};

/// Those that this machine runs (AVX-512 with VNNI, AVX2), the fastest first; maybe none.
std::span<const DepthwiseRowKernel> depthwise_rows();

}  // namespace floatsd::integer
