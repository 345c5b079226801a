#include "channel_requantize.h"

#include <algorithm>
#include <cstring>

#include "floatsd/core/vectorize.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace floatsd::runtime::kernels {
namespace {

/// From here on requantization works in 32 bits, where a vector has twice the channels, and every
/// instruction set has the shifts. It is the case unless a multiplier is 1/2 or more.
constexpr int32_t kFarShift = 17;

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

FLOATSD_VECTORIZED
void requantize_far(const int32_t* __restrict acc, const int32_t* __restrict bias,
                    const int32_t* __restrict multiplier, const int32_t* __restrict shift,
                    int64_t channels, int32_t zero_point, int32_t lower,
                    uint8_t* __restrict codes) {
  for (int64_t c = 0; c < channels; ++c) {
    const int32_t code = multiply_round_far(acc[c] + bias[c], multiplier[c], shift[c]);
    codes[c] = static_cast<uint8_t>(
        std::min(std::max(code, lower - zero_point), kMaxCode - zero_point) + zero_point);
  }
}

#if defined(__x86_64__)

/// The same for 16 channels side by side and all pixels, so that a channel's numbers are loaded
/// once. Its two products: the low half's by a multiplication that keeps the high half of each
/// product, the high half's by (multiplier - 2^16), a signed 16-bit number, and 2^16 added.
__attribute__((target("avx512f,avx512bw,avx512vl"))) void requantize_far_avx512(
    const int32_t* acc, int64_t stride, int64_t pixels, const ChannelConstants& constants,
    uint8_t* codes) {
  const int64_t channels = constants.channels;
  const __m512i high_half = _mm512_set1_epi32(static_cast<int32_t>(0xFFFF0000));
  const __m512i rounding = _mm512_set1_epi32(2 * constants.zero_point + 1);
  const __m512i lower = _mm512_set1_epi32(constants.lower);
  for (int64_t c = 0; c < channels; c += kChannelsTogether) {
    const int64_t left = channels - c;
    const auto used = static_cast<__mmask16>(left >= kChannelsTogether ? 0xFFFF : (1U << left) - 1);
    const __m512i bias = _mm512_loadu_si512(constants.bias.data() + c);
    const __m512i multiplier = _mm512_loadu_si512(constants.multiplier.data() + c);
    const __m512i by_high = _mm512_slli_epi32(multiplier, 16);
    const __m512i shift = _mm512_sub_epi32(_mm512_loadu_si512(constants.shift.data() + c),
                                           _mm512_set1_epi32(kFarShift));
    for (int64_t p = 0; p < pixels; ++p) {
      const __m512i sum =
          _mm512_add_epi32(_mm512_maskz_loadu_epi32(used, acc + p * stride + c), bias);
      const __m512i low_product = _mm512_mulhi_epu16(sum, multiplier);
      const __m512i high_product =
          _mm512_add_epi32(_mm512_madd_epi16(sum, by_high), _mm512_and_si512(sum, high_half));
      const __m512i t = _mm512_srav_epi32(_mm512_add_epi32(high_product, low_product), shift);
      const __m512i code = _mm512_srai_epi32(_mm512_add_epi32(t, rounding), 1);
      _mm512_mask_cvtusepi32_storeu_epi8(codes + p * channels + c, used,
                                         _mm512_max_epi32(code, lower));
    }
  }
}

FLOATSD_AVX2 inline __m256i load(const int32_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

/// Eight channels' numbers.
struct Avx2Channels {
  __m256i bias, multiplier, by_high, shift;

  FLOATSD_AVX2 Avx2Channels(const ChannelConstants& constants, int64_t c)
      : bias(load(constants.bias.data() + c)),
        multiplier(load(constants.multiplier.data() + c)),
        by_high(_mm256_slli_epi32(multiplier, 16)),
        shift(_mm256_sub_epi32(load(constants.shift.data() + c), _mm256_set1_epi32(kFarShift))) {}

  /// t / 2^(shift - kFarShift), which half up and halved is the code. The products as above; the
  /// high half's 2^16 and the low half's product fill different halves of a word.
  [[nodiscard]] FLOATSD_AVX2 __m256i doubled(const int32_t* acc) const {
    const __m256i sum = _mm256_add_epi32(load(acc), bias);
    const __m256i low_product = _mm256_mulhi_epu16(sum, multiplier);
    const __m256i t = _mm256_add_epi32(_mm256_madd_epi16(sum, by_high),
                                       _mm256_blend_epi16(low_product, sum, 0b10101010));
    return _mm256_srav_epi32(t, shift);
  }
};

/// The same for 16 channels side by side, codes rounded in 16 bits: what does not fit there is
/// beyond 0 or 255 anyway.
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
      const __m128i clamped = _mm_max_epu8(in_order, lower);
      uint8_t* to = codes + p * constants.channels + c;
      if (used == kChannelsTogether) {  // a length that the compiler knows makes one instruction
        std::memcpy(to, &clamped, kChannelsTogether);
      } else {
        std::memcpy(to, &clamped, static_cast<size_t>(used));
      }
    }
  }
}

bool has_avx512() {
  return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}

#endif

}  // namespace

ChannelRequantize::ChannelRequantize(const Requantize& requantize)
    : constants_{.channels = static_cast<int64_t>(requantize.bias.size()),
                 .bias = requantize.bias,
                 .multiplier = {},
                 .shift = {},
                 .zero_point = requantize.output.zero_point,
                 .lower = requantize.lower_code()} {
  for (const FixedPoint& by : requantize.multipliers) {
    const auto [multiplier, shift] = by.multiplier == 0 ? kVanishing : by;
    constants_.multiplier.push_back(multiplier);
    constants_.shift.push_back(shift);
    shifts_far_ = shifts_far_ && shift >= kFarShift;
  }
  const int64_t padded =
      (constants_.channels + kChannelsTogether - 1) / kChannelsTogether * kChannelsTogether;
  constants_.bias.resize(padded, 0);
  constants_.multiplier.resize(padded, kVanishing.multiplier);
  constants_.shift.resize(padded, kVanishing.shift);
}

uint8_t* ChannelRequantize::run(const int32_t* acc, int64_t stride, int64_t pixels,
                                uint8_t* codes) const {
  const auto& [channels, bias, multiplier, shift, zero_point, lower] = constants_;
#if defined(__x86_64__)
  if (shifts_far_ && (has_avx512() || __builtin_cpu_supports("avx2"))) {
    (has_avx512() ? requantize_far_avx512 : requantize_far_avx2)(acc, stride, pixels, constants_,
                                                                 codes);
    return codes + pixels * channels;
  }
#endif
  for (int64_t p = 0; p < pixels; ++p, acc += stride, codes += channels) {
    if (shifts_far_) {
      requantize_far(acc, bias.data(), multiplier.data(), shift.data(), channels, zero_point, lower,
                     codes);
      continue;
    }
    for (int64_t c = 0; c < channels; ++c) {
      codes[c] = static_cast<uint8_t>(
          requantize(int64_t{acc[c]} + bias[c], {multiplier[c], shift[c]}, zero_point, lower));
    }
  }
  return codes;
}

}  // namespace floatsd::runtime::kernels
