#pragma once
// The inner loop of every fast operator: a few output pixels times 16 output channels, summed over
// one kernel row after the other, two products at a time.

#include <cstdint>

namespace floatsd::runtime::kernels {

inline constexpr int kBlockChannels = 16;
inline constexpr int kBlockPixels = 12;  ///< enough sums under way to hide a multiply-add's latency

/// One block's operands. A kernel row is Kw * C input values that lie side by side, taken in pairs;
/// an odd row is filled up with a zero weight, so one value behind it is read and must exist.
struct DotBlock {
  const int16_t* pixels[kBlockPixels];  ///< the first value of each pixel's first kernel row
  int64_t row_stride;                   ///< input values from one kernel row to the next
  int rows;                             ///< kernel rows
  int pairs;                            ///< pairs of a kernel row
  const int16_t* weights;               ///< [rows][pairs][kBlockChannels][2]
};

/// acc[p][c] = sum of weight * input, exact while it fits 32 bits. Unused pixels may repeat a used
/// one. Vectorized for the machine (AVX-512 with or without VNNI, AVX2, plain); all equal.
using DotFunction = void (*)(const DotBlock& block, int32_t (*acc)[kBlockChannels]);

/// The fastest one that this machine runs.
DotFunction best_dot();

/// Every one that this machine runs, for tests.
struct NamedDot {
  const char* name;
  DotFunction function;
};
int available_dots(NamedDot (&found)[4]);

}  // namespace floatsd::runtime::kernels
