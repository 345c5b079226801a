#include "dot_block.h"

#include <algorithm>
#include <cstring>

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

void dot_plain(const DotBlock& block, int32_t* acc, int64_t stride) {
  for (int p = 0; p < kBlockPixels; ++p) {
    std::copy_n(block.start, kBlockChannels, acc + p * stride);
  }
  const uint8_t* w = block.weights;
  for (int row = 0; row < block.rows; ++row) {
    for (int word = 0; word < block.words; ++word, w += kWordBytes * kBlockChannels) {
      for (int p = 0; p < kBlockPixels; ++p) {
        const uint8_t* x = block.pixels[p] + row * block.row_stride + kWordBytes * word;
        const int16_t x0 = load_value(x);
        const int16_t x1 = load_value(x + 2);
        for (int c = 0; c < kBlockChannels; ++c) {
          acc[p * stride + c] +=
              x0 * load_value(w + kWordBytes * c) + x1 * load_value(w + kWordBytes * c + 2);
        }
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

constexpr int kAvx2Pixels = 6;  // two registers of sums each; sixteen is all there are
static_assert(kBlockPixels % kAvx2Pixels == 0);

/// Adds the products of a word of inputs with eight words of weights.
template <Operands operands>
__attribute__((target("avx2"))) inline __m256i multiply_add(__m256i sum, __m256i x, __m256i w) {
  if constexpr (operands == Operands::kPairs) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
  } else {
    const __m256i ones = _mm256_set1_epi16(1);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), ones));
  }
}

template <Operands operands>
__attribute__((target("avx2"))) void dot_avx2_part(const DotBlock& block,
                                                   const uint8_t* const* pixels, int32_t* acc,
                                                   int64_t stride) {
  const auto* start = reinterpret_cast<const __m256i*>(block.start);
  __m256i low[kAvx2Pixels];
  __m256i high[kAvx2Pixels];
  for (int p = 0; p < kAvx2Pixels; ++p) {
    low[p] = _mm256_loadu_si256(start);
    high[p] = _mm256_loadu_si256(start + 1);
  }
  const auto* w = reinterpret_cast<const __m256i*>(block.weights);
  for (int row = 0; row < block.rows; ++row) {
    const int64_t offset = row * block.row_stride;
    for (int word = 0; word < block.words; ++word, w += 2) {
      const __m256i w_low = _mm256_loadu_si256(w);
      const __m256i w_high = _mm256_loadu_si256(w + 1);
      for (int p = 0; p < kAvx2Pixels; ++p) {
        const __m256i x = _mm256_set1_epi32(load_word(pixels[p] + offset + kWordBytes * word));
        low[p] = multiply_add<operands>(low[p], x, w_low);
        high[p] = multiply_add<operands>(high[p], x, w_high);
      }
    }
  }
  for (int p = 0; p < kAvx2Pixels; ++p) {
    auto* sums = reinterpret_cast<__m256i*>(acc + p * stride);
    _mm256_storeu_si256(sums, low[p]);
    _mm256_storeu_si256(sums + 1, high[p]);
  }
}

template <Operands operands>
void dot_avx2(const DotBlock& block, int32_t* acc, int64_t stride) {
  for (int p = 0; p < kBlockPixels; p += kAvx2Pixels) {
    dot_avx2_part<operands>(block, block.pixels + p, acc + p * stride, stride);
  }
}

__attribute__((target("avx512f,avx512bw"))) void dot_avx512(const DotBlock& block, int32_t* acc,
                                                            int64_t stride) {
  __m512i sum[kBlockPixels];
  for (int p = 0; p < kBlockPixels; ++p) {
    sum[p] = _mm512_loadu_si512(block.start);
  }
  const uint8_t* w = block.weights;
  for (int row = 0; row < block.rows; ++row) {
    const int64_t offset = row * block.row_stride;
    for (int word = 0; word < block.words; ++word, w += kWordBytes * kBlockChannels) {
      const __m512i weights = _mm512_loadu_si512(w);
      for (int p = 0; p < kBlockPixels; ++p) {
        const __m512i x =
            _mm512_set1_epi32(load_word(block.pixels[p] + offset + kWordBytes * word));
        sum[p] = _mm512_add_epi32(sum[p], _mm512_madd_epi16(x, weights));
      }
    }
  }
  for (int p = 0; p < kBlockPixels; ++p) {
    _mm512_storeu_si512(acc + p * stride, sum[p]);
  }
}

template <Operands operands>
__attribute__((target("avx512f,avx512bw,avx512vnni"))) void dot_vnni(const DotBlock& block,
                                                                     int32_t* acc, int64_t stride) {
  __m512i sum[kBlockPixels];
  for (int p = 0; p < kBlockPixels; ++p) {
    sum[p] = _mm512_loadu_si512(block.start);
  }
  const uint8_t* w = block.weights;
  for (int row = 0; row < block.rows; ++row) {
    const int64_t offset = row * block.row_stride;
    for (int word = 0; word < block.words; ++word, w += kWordBytes * kBlockChannels) {
      const __m512i weights = _mm512_loadu_si512(w);
      for (int p = 0; p < kBlockPixels; ++p) {
        const __m512i x =
            _mm512_set1_epi32(load_word(block.pixels[p] + offset + kWordBytes * word));
        sum[p] = operands == Operands::kQuads ? _mm512_dpbusd_epi32(sum[p], x, weights)
                                              : _mm512_dpwssd_epi32(sum[p], x, weights);
      }
    }
  }
  for (int p = 0; p < kBlockPixels; ++p) {
    _mm512_storeu_si512(acc + p * stride, sum[p]);
  }
}

#endif

}  // namespace

int available_dots(Dot (&found)[kDots]) {
  int count = 0;
  found[count++] = {"plain", Operands::kPairs, dot_plain};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    found[count++] = {"avx2 on pairs", Operands::kPairs, dot_avx2<Operands::kPairs>};
    found[count++] = {"avx2 on quads", Operands::kNarrowQuads, dot_avx2<Operands::kNarrowQuads>};
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    found[count++] = {"avx512", Operands::kPairs, dot_avx512};
    if (__builtin_cpu_supports("avx512vnni")) {
      found[count++] = {"vnni on pairs", Operands::kPairs, dot_vnni<Operands::kPairs>};
      found[count++] = {"vnni on quads", Operands::kQuads, dot_vnni<Operands::kQuads>};
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
