#include "depthwise_row.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace floatsd::integer {

#if defined(__x86_64__)
namespace {

#define FLOATSD_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

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

}  // namespace

DepthwiseRowFunction best_depthwise_row() {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512vnni")
             ? depthwise_row_vnni
             : nullptr;
}

#else

DepthwiseRowFunction best_depthwise_row() { return nullptr; }

#endif

}  // namespace floatsd::integer
