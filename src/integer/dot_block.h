#pragma once
// The inner loop of dense convolutions: a few output pixels times all output channels, summed over
// the words of four bytes of each pixel's window.

#include <cstdint>

#include "integer/word_order.h"

namespace floatsd::integer {

inline constexpr int kBlockPixels = 12;  ///< enough sums under way to hide a multiply-add's latency

/// What the values of a word are.
enum class Operands {
  kPairs,  ///< two signed 16-bit values: an input code less its zero point, a level
  kQuads,  ///< four bytes: an input code as it is, unsigned; a level, signed
  /// As kQuads, the words in the order of word_order.h, of levels that it takes, as FloatSD4's are.
  kOrderedQuads,
};

/// Operands of a few pixels and all output channels. A window's lines are Kw * C input values that
/// lie side by side, taken by words; a line's last word is filled up with zero weights, so up to
/// three bytes behind it are read and must exist.
struct DotBlock {
  const uint8_t* pixels[kBlockPixels];  ///< the first byte of each pixel's window
  int used;                 ///< pixels whose sums are wanted; the others must exist and may repeat
  int channel_blocks;       ///< of kBlockChannels each; below, B of them with W words each
  const WordCounts* words;  ///< [B], all of them W
  const int32_t* offsets;   ///< [B][W] bytes from a window's first one; of ordered quads alone do
                            ///< they differ from block to block
  const uint8_t* weights;   ///< [B][W][kBlockChannels] words
  const int32_t* start;     ///< [B * kBlockChannels], what the sums begin with
};

/// acc[p * stride + c] = start[c] + sum of weight * input, exact while it fits 32 bits; acc has
/// kBlockPixels rows, and those of unused pixels may hold anything. Vectorized for the machine
/// (AVX-512 with or without VNNI, AVX2, plain); all equal.
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
