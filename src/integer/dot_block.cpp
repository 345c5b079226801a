#include "integer/dot_block.h"

#include <algorithm>
#include <cstring>

#include "core/vectorize.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace floatsd::integer {
namespace {

int16_t load_value(const uint8_t* from) {
  int16_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// The words of one block of channels, or of it and those behind it.
struct BlockWords {
  WordCounts counts;
  const int32_t* offsets;
  const uint8_t* weights;
  const int32_t* start;
};

BlockWords words_of(const DotBlock& block, int b) {
  const int64_t before = int64_t{b} * block.words[b].all;
  return {block.words[b], block.offsets + before, block.weights + before * kBlockBytes,
          block.start + b * kBlockChannels};
}

/// Sums of `used` pixels, or some more, and one block of channels.
using BlockDot = void (*)(const uint8_t* const* pixels, int used, const BlockWords& words,
                          int32_t* acc, int64_t stride);

template <BlockDot dot>
void for_each_channel_block(const DotBlock& block, int32_t* acc, int64_t stride) {
  for (int b = 0; b < block.channel_blocks; ++b) {
    dot(block.pixels, block.used, words_of(block, b), acc + b * kBlockChannels, stride);
  }
}

void dot_plain(const uint8_t* const* pixels, int used, const BlockWords& words, int32_t* acc,
               int64_t stride) {
  for (int p = 0; p < used; ++p) {
    std::copy_n(words.start, kBlockChannels, acc + p * stride);
  }
  const uint8_t* w = words.weights;
  for (int word = 0; word < words.counts.all; ++word, w += kBlockBytes) {
    for (int p = 0; p < used; ++p) {
      const uint8_t* x = pixels[p] + words.offsets[word];
      const int16_t x0 = load_value(x);
      const int16_t x1 = load_value(x + 2);
      for (int c = 0; c < kBlockChannels; ++c) {
        acc[p * stride + c] +=
            x0 * load_value(w + kWordBytes * c) + x1 * load_value(w + kWordBytes * c + 2);
      }
    }
  }
}

#if defined(__x86_64__)

int32_t load_word(const uint8_t* x) {
  int32_t word = 0;
  std::memcpy(&word, x, sizeof word);
  return word;
}

/// The sums of some pixels, in registers. Sixteen is all there are.
template <int kPixels>
struct Avx2Sums {
  static_assert(kBlockPixels % kPixels == 0);
  __m256i low[kPixels];
  __m256i high[kPixels];

  FLOATSD_AVX2 explicit Avx2Sums(const int32_t* start) {
    for (int p = 0; p < kPixels; ++p) {
      low[p] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(start));
      high[p] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(start) + 1);
    }
  }

  FLOATSD_AVX2 void store(int32_t* acc, int64_t stride) const {
    for (int p = 0; p < kPixels; ++p) {
      auto* to = reinterpret_cast<__m256i*>(acc + p * stride);
      _mm256_storeu_si256(to, low[p]);
      _mm256_storeu_si256(to + 1, high[p]);
    }
  }
};

FLOATSD_AVX2 inline __m256i load_weights(const uint8_t* w) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w));
}

FLOATSD_AVX2 inline __m256i broadcast_word(const uint8_t* x) {
  return _mm256_set1_epi32(load_word(x));
}

constexpr int kHalf = kBlockBytes / 2;  // for eight channels

/// Adds neighbouring 16-bit sums to eight sums.
FLOATSD_AVX2 inline __m256i add_sums(__m256i sum, __m256i products) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
}

/// Adds the products of a word of inputs with eight words of weights.
template <Operands operands>
FLOATSD_AVX2 inline __m256i multiply_add(__m256i sum, __m256i x, __m256i w) {
  if constexpr (operands == Operands::kPairs) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
  } else {
    return add_sums(sum, _mm256_maddubs_epi16(x, w));
  }
}

/// Adds the words from `word` on, one after the other.
template <Operands operands, int kPixels>
FLOATSD_AVX2 __attribute__((always_inline)) inline void add_single_words(
    const uint8_t* const* pixels, const BlockWords& words, int word, Avx2Sums<kPixels>& sums) {
  const uint8_t* w = words.weights + word * kBlockBytes;
  for (; word < words.counts.all; ++word, w += kBlockBytes) {
    const __m256i low = load_weights(w);
    const __m256i high = load_weights(w + kHalf);
    for (int p = 0; p < kPixels; ++p) {
      const __m256i x = broadcast_word(pixels[p] + words.offsets[word]);
      sums.low[p] = multiply_add<operands>(sums.low[p], x, low);
      sums.high[p] = multiply_add<operands>(sums.high[p], x, high);
    }
  }
}

FLOATSD_AVX2 void dot_avx2_pairs(const uint8_t* const* pixels, int used, const BlockWords& words,
                                 int32_t* acc, int64_t stride) {
  constexpr int kPixels = 6;
  for (int first = 0; first < used; first += kPixels) {
    Avx2Sums<kPixels> sums(words.start);
    add_single_words<Operands::kPairs>(pixels + first, words, 0, sums);
    sums.store(acc + first * stride, stride);
  }
}

FLOATSD_AVX2 void dot_avx2_quads(const uint8_t* const* all_pixels, int used,
                                 const BlockWords& words, int32_t* acc, int64_t stride) {
  constexpr int kPixels = 4;
  for (int first = 0; first < used; first += kPixels) {
    const uint8_t* const* pixels = all_pixels + first;
    Avx2Sums<kPixels> sums(words.start);
    const uint8_t* w = words.weights;
    int word = 0;
    for (; word < words.counts.by_twos; word += 2, w += 2 * kBlockBytes) {
      const __m256i low = load_weights(w);
      const __m256i high = load_weights(w + kHalf);
      const __m256i second_low = load_weights(w + 2 * kHalf);
      const __m256i second_high = load_weights(w + 3 * kHalf);
      for (int p = 0; p < kPixels; ++p) {
        const __m256i x = broadcast_word(pixels[p] + words.offsets[word]);
        const __m256i second = broadcast_word(pixels[p] + words.offsets[word + 1]);
        sums.low[p] =
            add_sums(sums.low[p], _mm256_add_epi16(_mm256_maddubs_epi16(x, low),
                                                   _mm256_maddubs_epi16(second, second_low)));
        sums.high[p] =
            add_sums(sums.high[p], _mm256_add_epi16(_mm256_maddubs_epi16(x, high),
                                                    _mm256_maddubs_epi16(second, second_high)));
      }
    }
    add_single_words<Operands::kOrderedQuads>(pixels, words, word, sums);
    sums.store(acc + first * stride, stride);
  }
}

// The loops over sums are unrolled by name: GCC would keep the arrays in memory otherwise.

FLOATSD_AVX512 void dot_avx512(const uint8_t* const* pixels, int /*used*/, const BlockWords& words,
                               int32_t* acc, int64_t stride) {
  __m512i sum[kBlockPixels];
#pragma GCC unroll 12
  for (int p = 0; p < kBlockPixels; ++p) {
    sum[p] = _mm512_loadu_si512(words.start);
  }
  const uint8_t* w = words.weights;
  for (int word = 0; word < words.counts.all; ++word, w += kBlockBytes) {
    const __m512i weights = _mm512_loadu_si512(w);
#pragma GCC unroll 12
    for (int p = 0; p < kBlockPixels; ++p) {
      const __m512i x = _mm512_set1_epi32(load_word(pixels[p] + words.offsets[word]));
      sum[p] = _mm512_add_epi32(sum[p], _mm512_madd_epi16(x, weights));
    }
  }
#pragma GCC unroll 12
  for (int p = 0; p < kBlockPixels; ++p) {
    _mm512_storeu_si512(acc + p * stride, sum[p]);
  }
}

/// kPixels pixels and kBlocks blocks of channels. A word of a pixel is loaded once for all blocks:
/// with one block the loads alone take as long as the multiplications.
template <Operands operands, int kBlocks, int kPixels>
FLOATSD_VNNI void dot_vnni(const uint8_t* const* pixels, const BlockWords& words, int32_t* acc,
                           int64_t stride) {
  static_assert(operands != Operands::kOrderedQuads, "one block's offsets are taken for all");
  __m512i sum[kBlocks][kPixels];
#pragma GCC unroll 12
  for (int b = 0; b < kBlocks; ++b) {
#pragma GCC unroll 12
    for (int p = 0; p < kPixels; ++p) {
      sum[b][p] = _mm512_loadu_si512(words.start + b * kBlockChannels);
    }
  }
  const uint8_t* w = words.weights;
  for (int word = 0; word < words.counts.all; ++word, w += kBlockBytes) {
    __m512i weights[kBlocks];
#pragma GCC unroll 12
    for (int b = 0; b < kBlocks; ++b) {
      weights[b] = _mm512_loadu_si512(w + int64_t{b} * words.counts.all * kBlockBytes);
    }
#pragma GCC unroll 12
    for (int p = 0; p < kPixels; ++p) {
      const __m512i x = _mm512_set1_epi32(load_word(pixels[p] + words.offsets[word]));
#pragma GCC unroll 12
      for (int b = 0; b < kBlocks; ++b) {
        sum[b][p] = operands == Operands::kQuads ? _mm512_dpbusd_epi32(sum[b][p], x, weights[b])
                                                 : _mm512_dpwssd_epi32(sum[b][p], x, weights[b]);
      }
    }
  }
#pragma GCC unroll 12
  for (int b = 0; b < kBlocks; ++b) {
#pragma GCC unroll 12
    for (int p = 0; p < kPixels; ++p) {
      _mm512_storeu_si512(acc + p * stride + b * kBlockChannels, sum[b][p]);
    }
  }
}

/// The same for 4, 8 or 12 pixels.
template <Operands operands, int kBlocks>
void dot_vnni_used(const uint8_t* const* pixels, int used, const BlockWords& words, int32_t* acc,
                   int64_t stride) {
  static_assert(kBlockPixels == 12);
  if (used <= 4) {
    dot_vnni<operands, kBlocks, 4>(pixels, words, acc, stride);
  } else if (used <= 8) {
    dot_vnni<operands, kBlocks, 8>(pixels, words, acc, stride);
  } else {
    dot_vnni<operands, kBlocks, 12>(pixels, words, acc, stride);
  }
}

template <Operands operands>
void dot_vnni_all_channels(const DotBlock& block, int32_t* acc, int64_t stride) {
  int b = 0;
  for (; b + 1 < block.channel_blocks; b += 2) {
    dot_vnni_used<operands, 2>(block.pixels, block.used, words_of(block, b),
                               acc + b * kBlockChannels, stride);
  }
  if (b < block.channel_blocks) {
    dot_vnni_used<operands, 1>(block.pixels, block.used, words_of(block, b),
                               acc + b * kBlockChannels, stride);
  }
}

#endif

}  // namespace

int available_dots(Dot (&found)[kDots]) {
  int count = 0;
  found[count++] = {"plain", Operands::kPairs, for_each_channel_block<dot_plain>};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    found[count++] = {"avx2 on pairs", Operands::kPairs, for_each_channel_block<dot_avx2_pairs>};
    found[count++] = {"avx2 on quads", Operands::kOrderedQuads,
                      for_each_channel_block<dot_avx2_quads>};
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    found[count++] = {"avx512", Operands::kPairs, for_each_channel_block<dot_avx512>};
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
      found[count++] = {"vnni on pairs", Operands::kPairs, dot_vnni_all_channels<Operands::kPairs>};
      found[count++] = {"vnni on quads", Operands::kQuads, dot_vnni_all_channels<Operands::kQuads>};
    }
  }
#endif
  return count;
}

Dot best_dot() {
  Dot found[kDots];
  return found[available_dots(found) - 1];
}

Dot best_pair_dot() {
  Dot found[kDots];
  int best = available_dots(found) - 1;
  while (found[best].operands != Operands::kPairs) {
    --best;
  }
  return found[best];
}

}  // namespace floatsd::integer
