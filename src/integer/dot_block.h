#pragma once
// The inner loop of dense convolutions: a few output pixels times 16 output channels, summed over
// one kernel row after the other, a word of four bytes at a time.

#include <cstdint>

namespace floatsd::integer {

inline constexpr int kBlockChannels = 16;
inline constexpr int kBlockPixels = 12;  ///< enough sums under way to hide a multiply-add's latency
inline constexpr int kWordBytes = 4;

/// What the values of a word are.
enum class Operands {
  kPairs,  ///< two signed 16-bit values: an input code less its zero point, a level
  kQuads,  ///< four bytes: an input code as it is, unsigned; a level, signed
  /// As kQuads, where the first two and the last two products of a word are summed in 16 bits:
  /// exact while the magnitudes of the two levels add up to kNarrowMagnitude at most, as FloatSD4's
  /// always do.
  kNarrowQuads,
};
inline constexpr int kNarrowMagnitude = 128;  ///< 128 * 255 < 2^15

/// One block's operands. A kernel row is Kw * C input values that lie side by side, taken by words;
/// the last word is filled up with zero weights, so up to three bytes behind it are read and must
/// exist.
struct DotBlock {
  const uint8_t* pixels[kBlockPixels];  ///< the first byte of each pixel's first kernel row
  int64_t row_stride;                   ///< bytes from one kernel row to the next
  int rows;                             ///< kernel rows
  int words;                            ///< of a kernel row
  const uint8_t* weights;               ///< [rows][words][kBlockChannels] words
  const int32_t* start;                 ///< [kBlockChannels], what the sums begin with
};

/// acc[p * stride + c] = start[c] + sum of weight * input, exact while it fits 32 bits. Unused
/// pixels may repeat a used one. Vectorized for the machine (AVX-512 with or without VNNI, AVX2,
/// plain); all equal.
struct Dot {
  const char* name;
  Operands operands;
  void (*function)(const DotBlock& block, int32_t* acc, int64_t stride);
};

/// The fastest one that this machine runs; best_pair_dot is the fastest on pairs.
Dot best_dot();
Dot best_pair_dot();

/// Every one that this machine runs, the slowest first.
inline constexpr int kDots = 6;
int available_dots(Dot (&found)[kDots]);

}  // namespace floatsd::integer
