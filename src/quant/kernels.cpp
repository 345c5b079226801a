#include "floatsd/quant/kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "floatsd/core/vectorize.h"

namespace floatsd::quant::kernels {
namespace {

/// Rows are worked on in blocks of about this many values, whatever the number of threads: partial
/// sums are per block, so they do not depend on it.
constexpr int64_t kBlockValues = 8192;

struct Blocks {
  int64_t rows, size, count;
  explicit Blocks(Rows shape)
      : rows(shape.rows),
        size(std::max<int64_t>(1, kBlockValues / std::max<int64_t>(1, shape.channels))),
        count((rows + size - 1) / size) {}

  /// Runs work(block, first row, number of rows) for every block.
  template <typename Work>
  void for_each(const Work& work) const {
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        work(b, b * size, std::min(size, rows - b * size));
      }
    });
  }
};

/// Loops over values that are worked on in turns of this many, each to its own variable.
constexpr int kLanes = 16;

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

/// Adds up a codebook's steps: for each weight, those whose threshold it reaches.
FLOATSD_VECTORIZED
void levels_of(const float* weights, int64_t count, float scale, const float* thresholds,
               const float* steps, int64_t step_count, float* levels) {
  for (int64_t i = 0; i + kLanes <= count; i += kLanes) {
    float u[kLanes];
    float level[kLanes] = {};
    for (int j = 0; j < kLanes; ++j) {
      u[j] = std::fabs(weights[i + j]) / scale;
    }
    for (int64_t t = 0; t < step_count; ++t) {
      for (int j = 0; j < kLanes; ++j) {
        level[j] += u[j] >= thresholds[t] ? steps[t] : 0.0F;
      }
    }
    for (int j = 0; j < kLanes; ++j) {
      levels[i + j] = weights[i + j] < 0 ? -level[j] : level[j];
    }
  }
}

FLOATSD_VECTORIZED
void level_gradients_of(const float* weights, int64_t count, float scale, float clip,
                        const float* gradient, float* weight_gradient) {
  for (int64_t i = 0; i < count; ++i) {
    weight_gradient[i] = std::fabs(weights[i]) / scale < clip ? gradient[i] / scale : 0.0F;
  }
}

/// Extremes of every kLanes-th value, and `poison`, which is not 0 where one is not finite.
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
void normalized_codes_of(const float* __restrict acc, int64_t rows, int64_t channels,
                         const float* __restrict gain, const float* __restrict offset, float lowest,
                         float highest, float* __restrict codes) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float code = std::floor(acc[i] * gain[c] + offset[c] + 0.5F);
      codes[i] = std::min(std::max(code, lowest), highest);
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
void add_gradient_sums(const float* __restrict gradient, const float* __restrict acc, int64_t rows,
                       int64_t channels, const float* __restrict gain,
                       const float* __restrict offset, const float* __restrict mean,
                       const float* __restrict inverse, Gate gate, float* __restrict passed_sum,
                       float* __restrict product_sum) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float passed = gate.pass(acc[i] * gain[c] + offset[c], gradient[i]);
      passed_sum[c] += passed;
      product_sum[c] += passed * ((acc[i] - mean[c]) * inverse[c]);
    }
  }
}

FLOATSD_VECTORIZED
void normalized_gradients_of(const float* __restrict gradient, const float* __restrict acc,
                             int64_t rows, int64_t channels, const float* __restrict gain,
                             const float* __restrict offset, const float* __restrict mean,
                             const float* __restrict inverse, Gate gate,
                             const float* __restrict scale, const float* __restrict mean_passed,
                             const float* __restrict mean_product, float* __restrict result) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float passed = gate.pass(acc[i] * gain[c] + offset[c], gradient[i]);
      const float normalized = (acc[i] - mean[c]) * inverse[c];
      result[i] = scale[c] * (passed - mean_passed[c] - normalized * mean_product[c]);
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
  std::vector<float> steps;
  for (size_t t = 0; t < codebook.thresholds.size(); ++t) {
    steps.push_back(static_cast<float>(codebook.magnitudes[t + 1] - codebook.magnitudes[t]));
  }
  const auto find = [&](const float* w, int64_t count, float* level) {
    levels_of(w, count, scale, codebook.thresholds.data(), steps.data(),
              static_cast<int64_t>(steps.size()), level);
  };
  const size_t whole = weights.size() / kLanes * kLanes;
  find(weights.data(), static_cast<int64_t>(whole), levels.data());
  float tail[kLanes] = {};
  std::copy(weights.begin() + whole, weights.end(), tail);
  find(tail, kLanes, tail);
  std::copy_n(tail, weights.size() - whole, levels.begin() + whole);
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
                      float* bias_gradient) {
  const Channels channels(constants);
  const std::vector<float> multiplier(channels.multiplier.begin(), channels.multiplier.end());
  const Blocks blocks(shape);
  std::vector<double> sums(static_cast<size_t>(blocks.count * shape.channels), 0.0);
  blocks.for_each([&](int64_t block, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    gradients_of(gradient + at, mask + at, rows, shape.channels, multiplier.data(),
                 accumulator_gradient + at, sums.data() + block * shape.channels);
  });
  for (int64_t c = 0; c < shape.channels; ++c) {
    double sum = 0;
    for (int64_t block = 0; block < blocks.count; ++block) {
      sum += sums[block * shape.channels + c];
    }
    bias_gradient[c] = static_cast<float>(sum / double{constants.output.scale});
  }
}

template <typename Accumulator>
void channel_range(Rows shape, const Accumulator* values, float* min, float* max) {
  const Blocks blocks(shape);
  const auto size = static_cast<size_t>(blocks.count * shape.channels);
  std::vector<float> lows(size, INFINITY);
  std::vector<float> highs(size, -INFINITY);
  blocks.for_each([&](int64_t block, int64_t first, int64_t rows) {
    widen(values + first * shape.channels, rows, shape.channels,
          lows.data() + block * shape.channels, highs.data() + block * shape.channels);
  });
  std::fill_n(min, shape.channels, INFINITY);
  std::fill_n(max, shape.channels, -INFINITY);
  for (int64_t block = 0; block < blocks.count; ++block) {
    for (int64_t c = 0; c < shape.channels; ++c) {
      min[c] = std::min(min[c], lows[block * shape.channels + c]);
      max[c] = std::max(max[c], highs[block * shape.channels + c]);
    }
  }
}

ChannelSums channel_sums(Rows shape, const float* values) {
  const Blocks blocks(shape);
  const auto channels = static_cast<size_t>(shape.channels);
  std::vector<ChannelSums> parts(static_cast<size_t>(blocks.count));
  const auto empty = [&] {
    return ChannelSums{std::vector<double>(channels, 0.0), std::vector<double>(channels, 0.0),
                       std::vector<float>(channels, INFINITY),
                       std::vector<float>(channels, -INFINITY)};
  };
  blocks.for_each([&](int64_t block, int64_t first, int64_t rows) {
    ChannelSums& part = parts[block] = empty();
    add_sums(values + first * shape.channels, rows, shape.channels, part.sum.data(),
             part.square_sum.data(), part.min.data(), part.max.data());
  });
  ChannelSums all = empty();
  for (const ChannelSums& part : parts) {
    for (size_t c = 0; c < channels; ++c) {
      all.sum[c] += part.sum[c];
      all.square_sum[c] += part.square_sum[c];
      all.min[c] = std::min(all.min[c], part.min[c]);
      all.max[c] = std::max(all.max[c], part.max[c]);
    }
  }
  return all;
}

void normalized_codes(Rows shape, const float* accumulators, const NormalizedOutput& constants,
                      float* codes) {
  const auto zero_point = static_cast<float>(constants.output.zero_point);
  const float lowest = constants.relu ? 0.0F : static_cast<float>(kMinCode) - zero_point;
  const float highest = static_cast<float>(kMaxCode) - zero_point;
  Blocks(shape).for_each([&](int64_t, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    normalized_codes_of(accumulators + at, rows, shape.channels, constants.gain.data(),
                        constants.offset.data(), lowest, highest, codes + at);
  });
}

GradientSums normalized_gradient_sums(Rows shape, const float* gradient, const float* accumulators,
                                      const NormalizedOutput& constants,
                                      const NormalizedInput& input) {
  const Blocks blocks(shape);
  const auto channels = static_cast<size_t>(shape.channels);
  std::vector<float> passed(static_cast<size_t>(blocks.count) * channels, 0.0F);
  std::vector<float> product(passed.size(), 0.0F);
  blocks.for_each([&](int64_t block, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    add_gradient_sums(gradient + at, accumulators + at, rows, shape.channels, constants.gain.data(),
                      constants.offset.data(), input.mean.data(), input.inverse_deviation.data(),
                      Gate(constants), passed.data() + block * shape.channels,
                      product.data() + block * shape.channels);
  });
  GradientSums sums{std::vector<double>(channels, 0.0), std::vector<double>(channels, 0.0)};
  for (size_t i = 0; i < passed.size(); ++i) {
    sums.passed[i % channels] += double{passed[i]};
    sums.passed_normalized[i % channels] += double{product[i]};
  }
  return sums;
}

void normalized_gradients(Rows shape, const float* gradient, const float* accumulators,
                          const NormalizedOutput& constants, const NormalizedInput& input,
                          const NormalizedBackward& backward, float* accumulator_gradient) {
  Blocks(shape).for_each([&](int64_t, int64_t first, int64_t rows) {
    const int64_t at = first * shape.channels;
    normalized_gradients_of(gradient + at, accumulators + at, rows, shape.channels,
                            constants.gain.data(), constants.offset.data(), input.mean.data(),
                            input.inverse_deviation.data(), Gate(constants), backward.scale.data(),
                            backward.mean_passed.data(), backward.mean_passed_normalized.data(),
                            accumulator_gradient + at);
  });
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

template void output_codes(Rows, const float*, const Requantize&, float*, uint8_t*);
template void output_codes(Rows, const double*, const Requantize&, float*, uint8_t*);
template void channel_range(Rows, const float*, float*, float*);
template void channel_range(Rows, const double*, float*, float*);

}  // namespace floatsd::quant::kernels
