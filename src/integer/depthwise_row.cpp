#include "integer/depthwise_row.h"

#include <vector>

#include "core/vectorize.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace floatsd::integer {

#if defined(__x86_64__)
namespace {

/// Channels c..c + 15 of one column as words (line 0, line 1, line 2, 0).
FLOATSD_VNNI inline __m512i column(const DepthwiseRow& row, int64_t at, __mmask16 used) {
  const auto widened = [&](int line) FLOATSD_VNNI {
    return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(used, row.lines[line] + at));
  };
  return _mm512_or_si512(widened(0), _mm512_or_si512(_mm512_slli_epi32(widened(1), 8),
                                                     _mm512_slli_epi32(widened(2), 16)));
}

FLOATSD_VNNI void depthwise_row_vnni(const DepthwiseRow& row, int32_t* acc) {
  const int64_t padded = (row.channels + kLanes - 1) / kLanes * kLanes;
  for (int64_t c = 0; c < row.channels; c += kLanes) {
    const int64_t left = row.channels - c;
    const auto used = static_cast<__mmask16>(left >= kLanes ? 0xFFFF : (1U << left) - 1);
    const __m512i start = _mm512_loadu_si512(row.start + c);
    __m512i weights[3];
    for (int kx = 0; kx < 3; ++kx) {
      weights[kx] = _mm512_loadu_si512(row.weights + (kx * padded + c) * 4);
    }
    __m512i left_column = column(row, c, used);
    __m512i middle_column = column(row, row.channels + c, used);
    for (int64_t p = 0; p < row.pixels; ++p) {
      const int64_t at = p * row.stride * row.channels + c;
      const __m512i right_column = column(row, at + 2 * row.channels, used);
      __m512i sum = _mm512_dpbusd_epi32(start, left_column, weights[0]);
      sum = _mm512_dpbusd_epi32(sum, middle_column, weights[1]);
      sum = _mm512_dpbusd_epi32(sum, right_column, weights[2]);
      _mm512_storeu_si512(acc + p * padded + c, sum);
      if (p + 1 == row.pixels) {
        break;
      }
      if (row.stride == 1) {
        left_column = middle_column;
        middle_column = right_column;
      } else {
        const int64_t next = at + row.stride * row.channels;
        left_column = row.stride == 2 ? right_column : column(row, next, used);
        middle_column = column(row, next + row.channels, used);
      }
    }
  }
}

FLOATSD_AVX2 inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

/// Eight channels of one column as words: (line 0, line 1) and (line 2, 0).
struct Column {
  __m256i upper, lower;
};

FLOATSD_AVX2 inline Column column_of_pairs(const DepthwiseRow& row, int64_t at) {
  const auto widened = [&](int line) FLOATSD_AVX2 {
    return _mm256_cvtepu8_epi32(
        _mm_loadl_epi64(reinterpret_cast<const __m128i*>(row.lines[line] + at)));
  };
  return {_mm256_or_si256(widened(0), _mm256_slli_epi32(widened(1), 16)), widened(2)};
}

FLOATSD_AVX2 inline __m256i add_products(__m256i sum, const Column& x, const Column& w) {
  return _mm256_add_epi32(_mm256_add_epi32(sum, _mm256_madd_epi16(x.upper, w.upper)),
                          _mm256_madd_epi16(x.lower, w.lower));
}

FLOATSD_AVX2 void depthwise_row_avx2(const DepthwiseRow& row, int32_t* acc) {
  constexpr int64_t kChannels = 8;
  const int64_t padded = (row.channels + kLanes - 1) / kLanes * kLanes;
  for (int64_t c = 0; c < row.channels; c += kChannels) {
    const __m256i start = load(row.start + c);
    Column weights[3];
    for (int kx = 0; kx < 3; ++kx) {
      const uint8_t* words = row.weights + (2 * kx * padded + c) * kWordBytes;
      weights[kx] = {load(words), load(words + padded * kWordBytes)};
    }
    Column left = column_of_pairs(row, c);
    Column middle = column_of_pairs(row, row.channels + c);
    for (int64_t p = 0; p < row.pixels; ++p) {
      const int64_t at = p * row.stride * row.channels + c;
      const Column right = column_of_pairs(row, at + 2 * row.channels);
      __m256i sum = add_products(start, left, weights[0]);
      sum = add_products(sum, middle, weights[1]);
      sum = add_products(sum, right, weights[2]);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(acc + p * padded + c), sum);
      if (p + 1 == row.pixels) {
        break;
      }
      if (row.stride == 1) {
        left = middle;
        middle = right;
      } else {
        const int64_t next = at + row.stride * row.channels;
        left = row.stride == 2 ? right : column_of_pairs(row, next);
        middle = column_of_pairs(row, next + row.channels);
      }
    }
  }
}

std::vector<DepthwiseRowKernel> find_kernels() {
  std::vector<DepthwiseRowKernel> found;
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    found.push_back({"vnni", Operands::kQuads, depthwise_row_vnni});
  }
  if (__builtin_cpu_supports("avx2")) {
    found.push_back({"avx2", Operands::kPairs, depthwise_row_avx2});
  }
  return found;
}

}  // namespace

std::span<const DepthwiseRowKernel> depthwise_rows() {
  static const std::vector<DepthwiseRowKernel> all = find_kernels();
  return all;
}

#else

std::span<const DepthwiseRowKernel> depthwise_rows() { return {}; }

#endif

}  // namespace floatsd::integer
