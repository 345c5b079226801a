#include "channel_requantize.h"

#include <algorithm>

#include "floatsd/core/vectorize.h"

namespace floatsd::runtime::kernels {
namespace {

/// From here on requantization works in 32 bits, where a vector has twice the channels, and every
/// instruction set has the shifts. It is the case unless a multiplier is 1/2 or more.
constexpr int32_t kFarShift = 17;

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

}  // namespace

ChannelRequantize::ChannelRequantize(const Requantize& requantize)
    : bias_(requantize.bias),
      zero_point_(requantize.output.zero_point),
      lower_(requantize.lower_code()) {
  for (const FixedPoint& by : requantize.multipliers) {
    multiplier_.push_back(by.multiplier);
    shift_.push_back(by.multiplier == 0 ? kFarShift : by.shift);  // 0 whatever its shift
    shifts_far_ = shifts_far_ && shift_.back() >= kFarShift;
  }
}

uint8_t* ChannelRequantize::run(const int32_t* acc, int64_t stride, int64_t pixels,
                                uint8_t* codes) const {
  const auto channels = static_cast<int64_t>(bias_.size());
  for (int64_t p = 0; p < pixels; ++p, acc += stride, codes += channels) {
    if (shifts_far_) {
      requantize_far(acc, bias_.data(), multiplier_.data(), shift_.data(), channels, zero_point_,
                     lower_, codes);
      continue;
    }
    for (int64_t c = 0; c < channels; ++c) {
      codes[c] = static_cast<uint8_t>(
          requantize(int64_t{acc[c]} + bias_[c], {multiplier_[c], shift_[c]}, zero_point_, lower_));
    }
  }
  return codes;
}

}  // namespace floatsd::runtime::kernels
