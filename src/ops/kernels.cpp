#include "ops/kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/vectorize.h"
#include "ops/blocks.h"

namespace floatsd::ops::kernels {
namespace {

/// A layer's constants, in double: exact copies of the integers.
struct Channels {
  std::vector<double> bias, multiplier;
  double zero_point, lower;
  double mask_above;  ///< the gradient passes where acc + bias > mask_above ...
  double mask_lower;  ///< ... and the code >= mask_lower (and <= 255)

  explicit Channels(const Requantize& constants)
      : bias(constants.bias.begin(), constants.bias.end()),
        zero_point(constants.output.zero_point),
        lower(constants.lower_code()),
        mask_above(constants.relu ? 0.0 : -INFINITY),
        mask_lower(constants.relu ? -INFINITY : double{kMinCode}) {
    for (const FixedPoint& m : constants.multipliers) {
      multiplier.push_back(std::ldexp(m.multiplier, -m.shift));
    }
  }
};

constexpr int64_t kPart = 1024;  // weights at a time; they stay in the nearest cache

/// Adds up a codebook's steps: for each of at most kPart weights, those whose threshold it reaches.
FLOATSD_VECTORIZED
void levels_of(const float* __restrict weights, int64_t count, float scale,
               const Codebook& codebook, float* __restrict levels) {
  float u[kPart];
  for (int64_t i = 0; i < count; ++i) {
    u[i] = std::fabs(weights[i]) / scale;
    levels[i] = 0;
  }
  for (size_t t = 0; t < codebook.thresholds.size(); ++t) {
    const float threshold = codebook.thresholds[t];
    const auto step = static_cast<float>(codebook.magnitudes[t + 1] - codebook.magnitudes[t]);
    for (int64_t i = 0; i < count; ++i) {
      levels[i] += u[i] >= threshold ? step : 0.0F;
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    levels[i] = weights[i] < 0 ? -levels[i] : levels[i];
  }
}

FLOATSD_VECTORIZED
void level_gradients_of(const float* weights, int64_t count, float scale, float clip,
                        const float* gradient, float* weight_gradient) {
  for (int64_t i = 0; i < count; ++i) {
    weight_gradient[i] = std::fabs(weights[i]) / scale < clip ? gradient[i] / scale : 0.0F;
  }
}

constexpr int kLanes = 16;

/// Extremes of every kLanes-th value, and `poison`, which is not 0 if one is not finite.
FLOATSD_VECTORIZED
void lane_extremes(const float* values, int64_t count, float* min, float* max, float* poison) {
  for (int64_t i = 0; i + kLanes <= count; i += kLanes) {
    for (int j = 0; j < kLanes; ++j) {
      const float value = values[i + j];
      min[j] = value < min[j] ? value : min[j];
      max[j] = value > max[j] ? value : max[j];
      poison[j] += value * 0.0F;
    }
  }
}

template <typename Accumulator>
FLOATSD_VECTORIZED void codes_of(const Accumulator* __restrict acc, int64_t rows, int64_t channels,
                                 const Channels& constants, float* __restrict codes,
                                 uint8_t* __restrict mask) {
  const double* __restrict bias = constants.bias.data();
  const double* __restrict multiplier = constants.multiplier.data();
  const double zero_point = constants.zero_point;
  const double lower = constants.lower;
  const double mask_above = constants.mask_above;
  const double mask_lower = constants.mask_lower;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const double sum = static_cast<double>(acc[i]) + bias[c];
      const double code = std::floor(sum * multiplier[c] + 0.5) + zero_point;
      const double clamped = std::min(std::max(code, lower), double{kMaxCode});
      codes[i] = static_cast<float>(clamped - zero_point);
      const bool passes = (sum > mask_above) & (code >= mask_lower) & (code <= double{kMaxCode});
      mask[i] = passes ? 1 : 0;
    }
  }
}

FLOATSD_VECTORIZED
void gradients_of(const float* __restrict gradient, const uint8_t* __restrict mask, int64_t rows,
                  int64_t channels, const float* __restrict multiplier, float* __restrict product,
                  double* __restrict sums) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float passed = mask[i] != 0 ? gradient[i] : 0.0F;
      product[i] = passed * multiplier[c];
      sums[c] += double{passed};
    }
  }
}

template <typename Accumulator>
FLOATSD_VECTORIZED void widen(const Accumulator* values, int64_t rows, int64_t channels, float* min,
                              float* max) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const auto value = static_cast<float>(values[r * channels + c]);
      min[c] = value < min[c] ? value : min[c];
      max[c] = value > max[c] ? value : max[c];
    }
  }
}

FLOATSD_VECTORIZED
void added_codes_of(const float* __restrict a, const float* __restrict b, int64_t count, double m0,
                    double m1, double lowest, double highest, double mask_above, double mask_lowest,
                    float* __restrict codes, uint8_t* __restrict mask) {
  for (int64_t i = 0; i < count; ++i) {
    const double sum = static_cast<double>(a[i]) * m0 + static_cast<double>(b[i]) * m1;
    const double code = std::floor(sum + 0.5);
    codes[i] = static_cast<float>(std::min(std::max(code, lowest), highest));
    mask[i] = (sum > mask_above) & (code >= mask_lowest) & (code <= highest) ? 1 : 0;
  }
}

FLOATSD_VECTORIZED
void widen_by_sum(const float* __restrict a, const float* __restrict b, int64_t count,
                  float scale_a, float scale_b, float* __restrict min, float* __restrict max) {
  for (int64_t i = 0; i + kLanes <= count; i += kLanes) {
    for (int j = 0; j < kLanes; ++j) {
      const float value = a[i + j] * scale_a + b[i + j] * scale_b;
      min[j] = value < min[j] ? value : min[j];
      max[j] = value > max[j] ? value : max[j];
    }
  }
}

FLOATSD_VECTORIZED
void added_gradients_of(const float* __restrict gradient, const uint8_t* __restrict mask,
                        int64_t count, float ratio_a, float ratio_b, float* __restrict a_gradient,
                        float* __restrict b_gradient) {
  for (int64_t i = 0; i < count; ++i) {
    const float passed = mask[i] != 0 ? gradient[i] : 0.0F;
    a_gradient[i] = passed * ratio_a;
    b_gradient[i] = passed * ratio_b;
  }
}

FLOATSD_VECTORIZED
void bytes_of(const float* __restrict codes, int64_t count, int32_t zero_point,
              uint8_t* __restrict bytes) {
  for (int64_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<uint8_t>(static_cast<int32_t>(codes[i]) + zero_point);
  }
}

FLOATSD_VECTORIZED
void codes_from(const uint8_t* __restrict bytes, int64_t count, int32_t zero_point,
                float* __restrict codes) {
  for (int64_t i = 0; i < count; ++i) {
    codes[i] = static_cast<float>(int32_t{bytes[i]} - zero_point);
  }
}

}  // namespace

std::pair<float, float> extremes(std::span<const float> values) {
  float min[kLanes];
  float max[kLanes];
  float poison[kLanes] = {};
  std::fill_n(min, kLanes, values[0]);
  std::fill_n(max, kLanes, values[0]);
  lane_extremes(values.data(), static_cast<int64_t>(values.size()), min, max, poison);
  for (size_t i = values.size() / kLanes * kLanes; i < values.size(); ++i) {
    min[0] = std::min(min[0], values[i]);
    max[0] = std::max(max[0], values[i]);
    poison[0] += values[i] * 0.0F;
  }
  const float not_finite = std::accumulate(poison, poison + kLanes, 0.0F);
  return {*std::min_element(min, min + kLanes) + not_finite,
          *std::max_element(max, max + kLanes) + not_finite};
}

void nearest_levels(std::span<const float> weights, float scale, const Codebook& codebook,
                    std::span<float> levels) {
  const auto count = static_cast<int64_t>(weights.size());
  for (int64_t i = 0; i < count; i += kPart) {
    levels_of(weights.data() + i, std::min(kPart, count - i), scale, codebook, levels.data() + i);
  }
}

void level_gradients(std::span<const float> weights, float scale, float clip,
                     std::span<const float> gradient, std::span<float> weight_gradient) {
  level_gradients_of(weights.data(), static_cast<int64_t>(weights.size()), scale, clip,
                     gradient.data(), weight_gradient.data());
}

template <typename Accumulator>
void output_codes(Rows shape, const Accumulator* accumulators, const Requantize& constants,
                  float* codes, uint8_t* mask) {
  const Channels channels(constants);
  Blocks(shape).for_each([&](int64_t, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    codes_of(accumulators + at, rows, shape.channels, channels, codes + at, mask + at);
  });
}

void output_gradients(Rows shape, const float* gradient, const uint8_t* mask,
                      const Requantize& constants, float* accumulator_gradient,
                      float* bias_gradient, const Shards* shards) {
  const Channels channels(constants);
  const std::vector<float> multiplier(channels.multiplier.begin(), channels.multiplier.end());
  const Blocks blocks(shape, shards);
  std::vector<double> sums(static_cast<size_t>(blocks.count() * shape.channels), 0.0);
  blocks.for_each([&](int64_t block, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    gradients_of(gradient + at, mask + at, rows, shape.channels, multiplier.data(),
                 accumulator_gradient + at, sums.data() + block * shape.channels);
  });
  const std::vector<double> all = blocks.of_shards().sum(sums, shape.channels);
  for (int64_t c = 0; c < shape.channels; ++c) {
    bias_gradient[c] = static_cast<float>(all[c] / double{constants.output.scale});
  }
}

template <typename Accumulator>
void channel_range(Rows shape, const Accumulator* values, float* min, float* max) {
  const Blocks blocks(shape);
  const auto size = static_cast<size_t>(blocks.count() * shape.channels);
  std::vector<float> lows(size, INFINITY);
  std::vector<float> highs(size, -INFINITY);
  blocks.for_each([&](int64_t block, int64_t first, int64_t rows) {
    widen(values + first * shape.channels, rows, shape.channels,
          lows.data() + block * shape.channels, highs.data() + block * shape.channels);
  });
  std::fill_n(min, shape.channels, INFINITY);
  std::fill_n(max, shape.channels, -INFINITY);
  for (int64_t block = 0; block < blocks.count(); ++block) {
    for (int64_t c = 0; c < shape.channels; ++c) {
      min[c] = std::min(min[c], lows[block * shape.channels + c]);
      max[c] = std::max(max[c], highs[block * shape.channels + c]);
    }
  }
}

void added_codes(std::span<const float> a, std::span<const float> b, const AddRequantize& constants,
                 float* codes, uint8_t* mask) {
  const double zero_point = constants.output.zero_point;
  const double lowest = constants.lower_code() - zero_point;
  const double m0 = std::ldexp(constants.multipliers[0], -constants.shift);
  const double m1 = std::ldexp(constants.multipliers[1], -constants.shift);
  at::parallel_for(
      0, static_cast<int64_t>(a.size()), kBlockValues, [&](int64_t begin, int64_t end) {
        added_codes_of(a.data() + begin, b.data() + begin, end - begin, m0, m1, lowest,
                       double{kMaxCode} - zero_point, constants.relu ? 0.0 : -INFINITY,
                       constants.relu ? -INFINITY : lowest, codes + begin, mask + begin);
      });
}

std::pair<float, float> sum_extremes(std::span<const float> a, std::span<const float> b,
                                     float scale_a, float scale_b) {
  const auto count = static_cast<int64_t>(a.size());
  const int64_t parts = (count + kBlockValues - 1) / kBlockValues;
  std::vector<float> min(static_cast<size_t>(parts * kLanes), INFINITY);
  std::vector<float> max(min.size(), -INFINITY);
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t first = part * kBlockValues;
      widen_by_sum(a.data() + first, b.data() + first, std::min(kBlockValues, count - first),
                   scale_a, scale_b, min.data() + part * kLanes, max.data() + part * kLanes);
    }
  });
  for (int64_t i = count / kLanes * kLanes; i < count; ++i) {  // blocks are whole turns of lanes
    const float value = a[i] * scale_a + b[i] * scale_b;
    min[0] = std::min(min[0], value);
    max[0] = std::max(max[0], value);
  }
  return {*std::min_element(min.begin(), min.end()), *std::max_element(max.begin(), max.end())};
}

void added_gradients(std::span<const float> gradient, const uint8_t* mask, float ratio_a,
                     float ratio_b, float* a_gradient, float* b_gradient) {
  at::parallel_for(0, static_cast<int64_t>(gradient.size()), kBlockValues,
                   [&](int64_t begin, int64_t end) {
                     added_gradients_of(gradient.data() + begin, mask + begin, end - begin, ratio_a,
                                        ratio_b, a_gradient + begin, b_gradient + begin);
                   });
}

void to_bytes(std::span<const float> codes, int32_t zero_point, uint8_t* bytes) {
  at::parallel_for(0, static_cast<int64_t>(codes.size()), kBlockValues,
                   [&](int64_t begin, int64_t end) {
                     bytes_of(codes.data() + begin, end - begin, zero_point, bytes + begin);
                   });
}

void from_bytes(std::span<const uint8_t> bytes, int32_t zero_point, float* codes) {
  at::parallel_for(0, static_cast<int64_t>(bytes.size()), kBlockValues,
                   [&](int64_t begin, int64_t end) {
                     codes_from(bytes.data() + begin, end - begin, zero_point, codes + begin);
                   });
}

template void output_codes(Rows, const float*, const Requantize&, float*, uint8_t*);
template void output_codes(Rows, const double*, const Requantize&, float*, uint8_t*);
template void channel_range(Rows, const float*, float*, float*);
template void channel_range(Rows, const double*, float*, float*);

}  // namespace floatsd::ops::kernels
