#include "channel_requantize.h"

#include "floatsd/core/vectorize.h"

namespace floatsd::runtime::kernels {
namespace {

FLOATSD_VECTORIZED
void requantize_pixel(const int32_t* __restrict acc, const int32_t* __restrict bias,
                      const int32_t* __restrict multiplier, const int32_t* __restrict shift,
                      int64_t channels, int32_t zero_point, int32_t lower,
                      int32_t* __restrict codes) {
  for (int64_t c = 0; c < channels; ++c) {
    codes[c] = floatsd::requantize(int64_t{acc[c]} + bias[c], {multiplier[c], shift[c]}, zero_point,
                                   lower);
  }
}

FLOATSD_VECTORIZED
void narrow(const int32_t* __restrict wide, int64_t count, uint8_t* __restrict codes) {
  for (int64_t i = 0; i < count; ++i) {
    codes[i] = static_cast<uint8_t>(wide[i]);
  }
}

}  // namespace

ChannelRequantize::ChannelRequantize(const Requantize& requantize)
    : bias_(requantize.bias),
      zero_point_(requantize.output.zero_point),
      lower_(requantize.lower_code()) {
  for (const FixedPoint& by : requantize.multipliers) {
    multiplier_.push_back(by.multiplier);
    shift_.push_back(by.shift);
  }
}

uint8_t* ChannelRequantize::run(const int32_t* acc, std::vector<int32_t>& wide,
                                uint8_t* codes) const {
  const auto channels = static_cast<int64_t>(bias_.size());
  wide.resize(bias_.size());
  requantize_pixel(acc, bias_.data(), multiplier_.data(), shift_.data(), channels, zero_point_,
                   lower_, wide.data());
  narrow(wide.data(), channels, codes);
  return codes + channels;
}

}  // namespace floatsd::runtime::kernels
