#include "weightless_ops.h"

#include <algorithm>

#include "floatsd/core/vectorize.h"

namespace floatsd::runtime::kernels {
namespace {

/// add_codes in 32 bits: |sum| < 2^25, so that a shift beyond 26 gives 0 like one of 30, and the
/// sum with its half stays below 2^31.
FLOATSD_VECTORIZED
void add_tensors(const uint8_t* __restrict a, const uint8_t* __restrict b, int64_t count,
                 int32_t by_a, int32_t by_b, int32_t shift, int32_t zero, int32_t zero_point,
                 int32_t lower, uint8_t* __restrict codes) {
  shift = std::min(shift, 30);
  const int32_t offset = (int32_t{1} << (shift - 1)) - zero;
  for (int64_t i = 0; i < count; ++i) {
    const int32_t code = ((by_a * a[i] + by_b * b[i] + offset) >> shift) + zero_point;
    codes[i] = static_cast<uint8_t>(std::min(std::max(code, lower), kMaxCode));
  }
}

FLOATSD_VECTORIZED
void add_pixel(const uint8_t* __restrict codes, int64_t channels, int32_t zero_point,
               int32_t* __restrict acc) {
  for (int64_t c = 0; c < channels; ++c) {
    acc[c] += codes[c] - zero_point;
  }
}

}  // namespace

AddOp::AddOp(const Add& add, int32_t first_zero_point, int32_t second_zero_point)
    : requantize_(add.requantize),
      zero_(requantize_.multipliers[0] * first_zero_point +
            requantize_.multipliers[1] * second_zero_point) {}

void AddOp::run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
                Scratch& /*scratch*/) const {
  add_tensors(inputs[0].data(), inputs[1].data(), static_cast<int64_t>(output.size()),
              requantize_.multipliers[0], requantize_.multipliers[1], requantize_.shift, zero_,
              requantize_.output.zero_point, requantize_.lower_code(), output.data());
}

GlobalAveragePoolOp::GlobalAveragePoolOp(const GlobalAveragePool& pool, const ActivationShape& in,
                                         int32_t input_zero_point)
    : pool_(pool), in_(in), zero_point_(input_zero_point) {}

void GlobalAveragePoolOp::run(std::span<const std::span<const uint8_t>> inputs,
                              std::span<uint8_t> output, Scratch& scratch) const {
  const auto channels = static_cast<size_t>(in_.channels);
  const uint8_t* pixel = inputs[0].data();
  for (size_t first = 0; first < output.size(); first += channels) {
    scratch.acc.assign(channels, 0);
    for (int64_t i = 0; i < in_.height * in_.width; ++i, pixel += channels) {
      add_pixel(pixel, in_.channels, zero_point_, scratch.acc.data());
    }
    for (size_t c = 0; c < channels; ++c) {
      output[first + c] = static_cast<uint8_t>(
          requantize(scratch.acc[c], pool_.multiplier, pool_.output.zero_point, kMinCode));
    }
  }
}

DownsampleOp::DownsampleOp(const Downsample& downsample, const ActivationShape& in,
                           const ActivationShape& out, int32_t zero_point)
    : downsample_(downsample), in_(in), out_(out), zero_point_(static_cast<uint8_t>(zero_point)) {}

void DownsampleOp::run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
                       Scratch& /*scratch*/) const {
  const auto in_size = static_cast<size_t>(in_.size());
  uint8_t* next = output.data();
  for (size_t first = 0; first < inputs[0].size(); first += in_size) {
    for (int64_t y = 0; y < out_.height; ++y) {
      for (int64_t x = 0; x < out_.width; ++x) {
        const int64_t pixel = (y * in_.width + x) * downsample_.stride;
        next = std::fill_n(next, downsample_.channels_before, zero_point_);
        next = std::copy_n(inputs[0].data() + first + pixel * in_.channels, in_.channels, next);
        next = std::fill_n(next, downsample_.channels_after, zero_point_);
      }
    }
  }
}

}  // namespace floatsd::runtime::kernels
