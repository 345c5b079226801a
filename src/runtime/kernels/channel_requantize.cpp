#include "runtime/kernels/channel_requantize.h"

#include <algorithm>
#include <cstring>

#include "core/vectorize.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace floatsd::runtime::kernels {
namespace {

/// For a multiplier of 0: every 32-bit accumulator times this rounds to 0.
constexpr FixedPoint kVanishing = {.multiplier = 1 << 15, .shift = 47};

/// multiply_round for a shift of kFarShift or more. With acc = high * 2^16 + low, 0 <= low < 2^16,
/// t = high * multiplier + floor(low * multiplier / 2^16) is floor(acc * multiplier / 2^16): all
/// three fit 32 bits, since multiplier < 2^16. What remains is t / 2^(shift - 16), rounded half up.
inline int32_t multiply_round_far(int32_t acc, int32_t multiplier, int32_t shift) {
  const uint32_t low = static_cast<uint32_t>(acc) & 0xFFFF;
  const int32_t t = (acc >> 16) * multiplier +
                    static_cast<int32_t>(low * static_cast<uint32_t>(multiplier) >> 16);
  return ((t >> (shift - kFarShift)) + 1) >> 1;
}

void requantize_far(const int32_t* acc, int64_t stride, int64_t pixels,
                    const ChannelConstants& constants, uint8_t* codes) {
  const auto& [channels, bias, multiplier, shift, zero_point, lower] = constants;
  for (int64_t p = 0; p < pixels; ++p, acc += stride, codes += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const int32_t code = multiply_round_far(acc[c] + bias[c], multiplier[c], shift[c]);
      codes[c] = static_cast<uint8_t>(
          std::min(std::max(code, lower - zero_point), kMaxCode - zero_point) + zero_point);
    }
  }
}

/// For any shift.
void requantize_near(const int32_t* acc, int64_t stride, int64_t pixels,
                     const ChannelConstants& constants, uint8_t* codes) {
  const auto& [channels, bias, multiplier, shift, zero_point, lower] = constants;
  for (int64_t p = 0; p < pixels; ++p, acc += stride, codes += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      codes[c] = static_cast<uint8_t>(
          requantize(int64_t{acc[c]} + bias[c], {multiplier[c], shift[c]}, zero_point, lower));
    }
  }
}

#if defined(__x86_64__)

/// Stores the first `used` of a pixel's kChannelsTogether codes.
inline void store_codes(__m128i codes, int64_t used, uint8_t* to) {
  if (used == kChannelsTogether) {  // a length that the compiler knows makes one instruction
    std::memcpy(to, &codes, kChannelsTogether);
  } else {
    std::memcpy(to, &codes, static_cast<size_t>(used));
  }
}

/// Sixteen channels' numbers.
struct Avx512Channels {
  __m512i bias, multiplier, by_high, shift;

  FLOATSD_AVX512 Avx512Channels(const ChannelConstants& constants, int64_t c)
      : bias(_mm512_loadu_si512(constants.bias.data() + c)),
        multiplier(_mm512_loadu_si512(constants.multiplier.data() + c)),
        by_high(_mm512_slli_epi32(multiplier, 16)),
        shift(_mm512_sub_epi32(_mm512_loadu_si512(constants.shift.data() + c),
                               _mm512_set1_epi32(kFarShift))) {}

  /// t / 2^(shift - kFarShift), which half up and halved is the code. Of the two products, the low
  /// half's is by a multiplication that keeps the high half of each product; the high half's is by
  /// (multiplier - 2^16), a signed 16-bit number, and 2^16 times the high half added: that and the
  /// low half's product fill different halves of a word.
  [[nodiscard]] FLOATSD_AVX512 __m512i doubled(const int32_t* acc) const {
    const __m512i sum = _mm512_add_epi32(_mm512_loadu_si512(acc), bias);
    const __m512i halves = _mm512_mask_mulhi_epu16(sum, 0x55555555, sum, multiplier);
    return _mm512_srav_epi32(_mm512_add_epi32(_mm512_madd_epi16(sum, by_high), halves), shift);
  }
};

/// From four vectors of `doubled` to their codes, one vector's behind the other's. They are rounded
/// in 16 bits: what does not fit there is beyond 0 or 255 anyway.
struct Avx512Rounding {
  __m512i half_up, lower;  // 2 * (zero point + 1/2); the lowest code

  FLOATSD_AVX512 explicit Avx512Rounding(const ChannelConstants& constants)
      : half_up(_mm512_set1_epi16(static_cast<int16_t>(2 * constants.zero_point + 1))),
        lower(_mm512_set1_epi8(static_cast<char>(constants.lower))) {}

  [[nodiscard]] FLOATSD_AVX512 __m512i rounded(__m512i first, __m512i second) const {
    return _mm512_srai_epi16(_mm512_adds_epi16(_mm512_packs_epi32(first, second), half_up), 1);
  }

  [[nodiscard]] FLOATSD_AVX512 __m512i codes(__m512i first, __m512i second, __m512i third,
                                             __m512i fourth) const {
    const __m512i bytes = _mm512_packus_epi16(rounded(first, second), rounded(third, fourth));
    const __m512i order =  // four bytes of each vector lie side by side
        _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_max_epu8(_mm512_permutexvar_epi32(order, bytes), lower);
  }
};

/// requantize_far, 64 channels of one pixel at a time, then what is left by 16 channels of four.
FLOATSD_AVX512 void requantize_far_avx512(const int32_t* acc, int64_t stride, int64_t pixels,
                                          const ChannelConstants& constants, uint8_t* codes) {
  const int64_t all = constants.channels;
  const Avx512Rounding rounding(constants);
  int64_t c = 0;
  for (; c + 4 * kChannelsTogether <= all; c += 4 * kChannelsTogether) {
    const Avx512Channels first(constants, c);
    const Avx512Channels second(constants, c + kChannelsTogether);
    const Avx512Channels third(constants, c + 2 * kChannelsTogether);
    const Avx512Channels fourth(constants, c + 3 * kChannelsTogether);
    for (int64_t p = 0; p < pixels; ++p) {
      const int32_t* from = acc + p * stride + c;
      _mm512_storeu_si512(
          codes + p * all + c,
          rounding.codes(first.doubled(from), second.doubled(from + kChannelsTogether),
                         third.doubled(from + 2 * kChannelsTogether),
                         fourth.doubled(from + 3 * kChannelsTogether)));
    }
  }
  for (; c < all; c += kChannelsTogether) {
    const Avx512Channels channels(constants, c);
    const int64_t used = std::min(kChannelsTogether, all - c);
    for (int64_t p = 0; p < pixels; p += 4) {
      const int64_t last = pixels - 1 - p;  // which stands for those behind it
      const int64_t second = std::min<int64_t>(1, last);
      const int64_t third = std::min<int64_t>(2, last);
      const int64_t fourth = std::min<int64_t>(3, last);
      const int32_t* from = acc + p * stride + c;
      uint8_t* to = codes + p * all + c;
      const __m512i rounded = rounding.codes(
          channels.doubled(from), channels.doubled(from + second * stride),
          channels.doubled(from + third * stride), channels.doubled(from + fourth * stride));
      store_codes(_mm512_castsi512_si128(rounded), used, to);
      store_codes(_mm512_extracti32x4_epi32(rounded, 1), used, to + second * all);
      store_codes(_mm512_extracti32x4_epi32(rounded, 2), used, to + third * all);
      store_codes(_mm512_extracti32x4_epi32(rounded, 3), used, to + fourth * all);
    }
  }
}

FLOATSD_AVX2 inline __m256i load(const int32_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

/// Eight channels' numbers, as above.
struct Avx2Channels {
  __m256i bias, multiplier, by_high, shift;

  FLOATSD_AVX2 Avx2Channels(const ChannelConstants& constants, int64_t c)
      : bias(load(constants.bias.data() + c)),
        multiplier(load(constants.multiplier.data() + c)),
        by_high(_mm256_slli_epi32(multiplier, 16)),
        shift(_mm256_sub_epi32(load(constants.shift.data() + c), _mm256_set1_epi32(kFarShift))) {}

  [[nodiscard]] FLOATSD_AVX2 __m256i doubled(const int32_t* acc) const {
    const __m256i sum = _mm256_add_epi32(load(acc), bias);
    const __m256i halves = _mm256_blend_epi16(_mm256_mulhi_epu16(sum, multiplier), sum, 0b10101010);
    return _mm256_srav_epi32(_mm256_add_epi32(_mm256_madd_epi16(sum, by_high), halves), shift);
  }
};

/// requantize_far, 16 channels of a pixel at a time, rounded in 16 bits as above.
FLOATSD_AVX2 void requantize_far_avx2(const int32_t* acc, int64_t stride, int64_t pixels,
                                      const ChannelConstants& constants, uint8_t* codes) {
  const __m256i rounding = _mm256_set1_epi16(static_cast<int16_t>(2 * constants.zero_point + 1));
  const __m128i lower = _mm_set1_epi8(static_cast<char>(constants.lower));
  for (int64_t c = 0; c < constants.channels; c += kChannelsTogether) {
    const Avx2Channels first(constants, c);
    const Avx2Channels second(constants, c + kChannelsTogether / 2);
    const int64_t used = std::min(kChannelsTogether, constants.channels - c);
    for (int64_t p = 0; p < pixels; ++p) {
      const int32_t* from = acc + p * stride + c;
      const __m256i doubled = _mm256_adds_epi16(
          _mm256_packs_epi32(first.doubled(from), second.doubled(from + kChannelsTogether / 2)),
          rounding);
      const __m256i rounded = _mm256_srai_epi16(doubled, 1);
      const __m256i bytes = _mm256_packus_epi16(rounded, rounded);
      // Of each half, four codes of the first channels and four of the second.
      const __m128i in_order = _mm256_castsi256_si128(
          _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 0, 4, 1, 5)));
      store_codes(_mm_max_epu8(in_order, lower), used, codes + p * constants.channels + c);
    }
  }
}

#endif

std::vector<RequantizeKernel> find_kernels() {
  std::vector<RequantizeKernel> found;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw")) {
    found.push_back({"avx512", requantize_far_avx512});
  }
  if (__builtin_cpu_supports("avx2")) {
    found.push_back({"avx2", requantize_far_avx2});
  }
#endif
  found.push_back({"plain", requantize_far});
  return found;
}

}  // namespace

std::span<const RequantizeKernel> far_requantize_kernels() {
  static const std::vector<RequantizeKernel> all = find_kernels();
  return all;
}

ChannelRequantize::ChannelRequantize(const Requantize& requantize, RequantizeKernel far)
    : constants_{.channels = static_cast<int64_t>(requantize.bias.size()),
                 .bias = requantize.bias,
                 .multiplier = {},
                 .shift = {},
                 .zero_point = requantize.output.zero_point,
                 .lower = requantize.lower_code()},
      upper_(static_cast<uint8_t>(requantize.upper)),
      requantize_(far.function) {
  for (const FixedPoint& by : requantize.multipliers) {
    const auto [multiplier, shift] = by.multiplier == 0 ? kVanishing : by;
    constants_.multiplier.push_back(multiplier);
    constants_.shift.push_back(shift);
    if (shift < kFarShift) {
      requantize_ = requantize_near;
    }
  }
  const int64_t padded =
      (constants_.channels + kChannelsTogether - 1) / kChannelsTogether * kChannelsTogether;
  constants_.bias.resize(padded, 0);
  constants_.multiplier.resize(padded, kVanishing.multiplier);
  constants_.shift.resize(padded, kVanishing.shift);
}

uint8_t* ChannelRequantize::run(const int32_t* acc, int64_t stride, int64_t pixels,
                                uint8_t* codes) const {
  requantize_(acc, stride, pixels, constants_, codes);
  uint8_t* end = codes + pixels * constants_.channels;
  if (upper_ < kMaxCode) {
    std::transform(codes, end, codes, [this](uint8_t code) { return std::min(code, upper_); });
  }
  return end;
}

}  // namespace floatsd::runtime::kernels
