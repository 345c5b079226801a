#pragma once
// The order of a block's words for instructions that sum the products of two neighbouring bytes in
// 16 bits: those first whose sums fit.

#include <cstdint>
#include <span>
#include <vector>

#include "integer/convolution.h"

namespace floatsd::integer {

inline constexpr int kBlockChannels = kChannelsTogether;
inline constexpr int kWordBytes = 4;
inline constexpr int kBlockBytes = kBlockChannels * kWordBytes;  ///< of a word for a whole block

/// The most that magnitudes of levels may add up to for their products with codes to be summed in
/// 16 bits: 128 * 255 < 2^15.
inline constexpr int kMostMagnitude = 128;

struct WordCounts {
  int all = 0;
  /// The first ones, an even number, which go by twos: in each channel, the products of the first
  /// two bytes of both words fit 16 bits together, and so do those of the last two.
  int by_twos = 0;
};

struct WordOrder {
  std::vector<int> words;  ///< indices
  WordCounts counts;
};

/// `weights` [words][kBlockChannels][kWordBytes] signed levels. Requires that in each channel the
/// magnitudes of a word's first two levels add up to kMostMagnitude at most, and those of its
/// last two.
WordOrder order_words(std::span<const uint8_t> weights);

}  // namespace floatsd::integer
