#include "ops/normalize_kernels.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/vectorize.h"
#include "ops/blocks.h"
#include "ops/kernels.h"

namespace floatsd::ops::kernels {
namespace {

FLOATSD_VECTORIZED
void add_sums(const float* __restrict values, int64_t rows, int64_t channels,
              double* __restrict sum, double* __restrict square_sum, float* __restrict min,
              float* __restrict max) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const float value = values[r * channels + c];
      const auto exact = static_cast<double>(value);
      sum[c] += exact;
      square_sum[c] += exact * exact;
      min[c] = value < min[c] ? value : min[c];
      max[c] = value > max[c] ? value : max[c];
    }
  }
}

FLOATSD_VECTORIZED
void codes_of(const float* __restrict acc, int64_t rows, int64_t channels,
              const float* __restrict gain, const float* __restrict offset, float lowest,
              float highest, int32_t zero_point, const float* __restrict center,
              const float* __restrict scale, uint8_t* __restrict codes, int16_t* __restrict kept) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float code = std::floor(acc[i] * gain[c] + offset[c] + 0.5F);
      codes[i] = static_cast<uint8_t>(
          static_cast<int32_t>(std::min(std::max(code, lowest), highest)) + zero_point);
      kept[i] = static_cast<int16_t>(
          static_cast<int32_t>(std::floor((acc[i] - center[c]) * scale[c] + 0.5F)));
    }
  }
}

/// Where the gradient passes: x above `above`, and floor(x + 1/2) within lowest..highest.
struct Gate {
  float above, lowest, highest;

  explicit Gate(const NormalizedOutput& constants)
      : above(constants.relu ? 0.0F : -INFINITY),
        lowest(constants.relu ? -INFINITY
                              : static_cast<float>(kMinCode - constants.output.zero_point)),
        highest(static_cast<float>(kMaxCode - constants.output.zero_point)) {}

  [[nodiscard]] __attribute__((always_inline)) float pass(float x, float gradient) const {
    const float code = std::floor(x + 0.5F);
    return (x > above) & (code >= lowest) & (code <= highest) ? gradient : 0.0F;
  }
};

FLOATSD_VECTORIZED
void add_gradient_sums(const float* __restrict gradient, const int16_t* __restrict kept,
                       int64_t rows, int64_t channels, const float* __restrict gain,
                       const float* __restrict offset, Gate gate, float* __restrict passed_sum,
                       float* __restrict product_sum) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float value = kept[i];
      const float passed = gate.pass(value * gain[c] + offset[c], gradient[i]);
      passed_sum[c] += passed;
      product_sum[c] += passed * value;
    }
  }
}

FLOATSD_VECTORIZED
void gradients_of(const float* __restrict gradient, const int16_t* __restrict kept, int64_t rows,
                  int64_t channels, const float* __restrict gain, const float* __restrict offset,
                  Gate gate, const float* __restrict scale, const float* __restrict constant,
                  const float* __restrict slope, float* __restrict result) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float value = kept[i];
      const float passed = gate.pass(value * gain[c] + offset[c], gradient[i]);
      result[i] = scale[c] * passed - constant[c] - value * slope[c];
    }
  }
}

}  // namespace

ChannelSums channel_sums(const AccumulatorSource& accumulators) {
  const Rows shape = accumulators.shape();
  const auto size = static_cast<size_t>(accumulators.blocks() * shape.channels);
  std::vector<double> sum(size, 0.0);
  std::vector<double> square_sum(size, 0.0);
  std::vector<float> min(size, INFINITY);
  std::vector<float> max(size, -INFINITY);
  accumulators.for_each_block([&](int64_t block, int64_t, int64_t rows, const float* acc) {
    const int64_t at = block * shape.channels;
    add_sums(acc, rows, shape.channels, sum.data() + at, square_sum.data() + at, min.data() + at,
             max.data() + at);
  });
  const auto channels = static_cast<size_t>(shape.channels);
  const BlocksOfShards& blocks = accumulators.of_shards();
  Range range{std::vector<float>(channels, INFINITY), std::vector<float>(channels, -INFINITY)};
  for (size_t block = 0; block < size; block += channels) {
    for (size_t c = 0; c < channels; ++c) {
      range.min[c] = std::min(range.min[c], min[block + c]);
      range.max[c] = std::max(range.max[c], max[block + c]);
    }
  }
  auto [all, all_squares] = blocks.sums(sum, square_sum, shape.channels);
  return {all, all_squares, blocks.shards == nullptr ? range : blocks.shards->of_all_ranks(range)};
}

void normalized_codes(const AccumulatorSource& accumulators, const NormalizedOutput& constants,
                      const Keep& keep, uint8_t* codes, int16_t* kept) {
  const int64_t channels = accumulators.shape().channels;
  const int32_t zero_point = constants.output.zero_point;
  const auto lowest = static_cast<float>(constants.relu ? 0 : kMinCode - zero_point);
  const auto highest = static_cast<float>(kMaxCode - zero_point);
  accumulators.for_each_block([&](int64_t, int64_t first, int64_t rows, const float* acc) {
    const int64_t at = first * channels;
    codes_of(acc, rows, channels, constants.gain.data(), constants.offset.data(), lowest, highest,
             zero_point, keep.center.data(), keep.scale.data(), codes + at, kept + at);
  });
}

GradientSums normalized_gradient_sums(Rows shape, const float* gradient, const int16_t* kept,
                                      const NormalizedOutput& constants, const Shards* shards) {
  const Blocks blocks(shape, shards);
  std::vector<float> passed(static_cast<size_t>(blocks.count() * shape.channels), 0.0F);
  std::vector<float> product(passed.size(), 0.0F);
  blocks.for_each([&](int64_t block, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    add_gradient_sums(gradient + at, kept + at, rows, shape.channels, constants.gain.data(),
                      constants.offset.data(), Gate(constants),
                      passed.data() + block * shape.channels,
                      product.data() + block * shape.channels);
  });
  auto [all_passed, all_products] = blocks.of_shards().sums(passed, product, shape.channels);
  return {all_passed, all_products};
}

void normalized_gradients(Rows shape, const float* gradient, const int16_t* kept,
                          const NormalizedOutput& constants, const NormalizedBackward& backward,
                          float* accumulator_gradient) {
  Blocks(shape).for_each([&](int64_t, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    gradients_of(gradient + at, kept + at, rows, shape.channels, constants.gain.data(),
                 constants.offset.data(), Gate(constants), backward.scale.data(),
                 backward.constant.data(), backward.slope.data(), accumulator_gradient + at);
  });
}

}  // namespace floatsd::ops::kernels
