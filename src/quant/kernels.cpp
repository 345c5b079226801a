#include "floatsd/quant/kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

// A copy of the function for each instruction set. GCC resolves the call once, at load time.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define FLOATSD_VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FLOATSD_VECTORIZED
#endif

namespace floatsd::quant::kernels {
namespace {

constexpr int64_t kGrain = 16384;  // values a thread takes at the least

/// What a channel needs, in double: exact copies of the integers.
struct Channel {
  double bias, multiplier, zero_point, lower;
  double mask_above;  ///< the gradient passes where acc + bias > mask_above ...
  double mask_lower;  ///< ... and the code >= mask_lower (and <= 255)
};

std::vector<Channel> channel_constants(const Requantize& constants) {
  std::vector<Channel> channels;
  for (size_t c = 0; c < constants.bias.size(); ++c) {
    const FixedPoint m = constants.multipliers[c];
    channels.push_back({.bias = static_cast<double>(constants.bias[c]),
                        .multiplier = std::ldexp(m.multiplier, -m.shift),
                        .zero_point = static_cast<double>(constants.output.zero_point),
                        .lower = static_cast<double>(constants.lower_code()),
                        .mask_above = constants.relu ? 0.0 : -INFINITY,
                        .mask_lower = constants.relu ? -INFINITY : double{kMinCode}});
  }
  return channels;
}

FLOATSD_VECTORIZED
void levels_of(const float* weights, int64_t count, float scale, const Codebook& codebook,
               float* levels) {
  std::fill_n(levels, count, 0.0F);
  for (size_t t = 0; t < codebook.thresholds.size(); ++t) {
    const float threshold = codebook.thresholds[t];
    const auto step = static_cast<float>(codebook.magnitudes[t + 1] - codebook.magnitudes[t]);
    for (int64_t i = 0; i < count; ++i) {
      levels[i] += std::fabs(weights[i]) / scale >= threshold ? step : 0.0F;
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    levels[i] = weights[i] < 0 ? -levels[i] : levels[i];
  }
}

template <typename Accumulator>
FLOATSD_VECTORIZED void codes_of(const Accumulator* acc, int64_t count, Channel channel,
                                 float* codes, uint8_t* mask) {
  for (int64_t i = 0; i < count; ++i) {
    const double sum = static_cast<double>(acc[i]) + channel.bias;
    const double code = std::floor(sum * channel.multiplier + 0.5) + channel.zero_point;
    const double clamped = std::min(std::max(code, channel.lower), double{kMaxCode});
    codes[i] = static_cast<float>(clamped - channel.zero_point);
    const bool passes =
        (sum > channel.mask_above) & (code >= channel.mask_lower) & (code <= double{kMaxCode});
    mask[i] = passes ? 1 : 0;
  }
}

FLOATSD_VECTORIZED
void masked_product(const float* gradient, const uint8_t* mask, int64_t count, float multiplier,
                    float* product) {
  for (int64_t i = 0; i < count; ++i) {
    product[i] = mask[i] != 0 ? gradient[i] * multiplier : 0.0F;
  }
}

double masked_sum(const float* gradient, const uint8_t* mask, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += mask[i] != 0 ? double{gradient[i]} : 0.0;
  }
  return sum;
}

template <typename Accumulator>
FLOATSD_VECTORIZED void widen(const Accumulator* values, int64_t count, float* min, float* max) {
  Accumulator low = values[0];
  Accumulator high = values[0];
  for (int64_t i = 1; i < count; ++i) {
    low = values[i] < low ? values[i] : low;
    high = values[i] > high ? values[i] : high;
  }
  *min = std::min(*min, static_cast<float>(low));
  *max = std::max(*max, static_cast<float>(high));
}

int64_t planes_a_thread(const Planes& shape) {
  return std::max<int64_t>(1, kGrain / std::max<int64_t>(1, shape.plane));
}

}  // namespace

void nearest_levels(std::span<const float> weights, float scale, const Codebook& codebook,
                    std::span<float> levels) {
  levels_of(weights.data(), static_cast<int64_t>(weights.size()), scale, codebook, levels.data());
}

template <typename Accumulator>
void output_codes(Planes shape, const Accumulator* accumulators, const Requantize& constants,
                  float* codes, uint8_t* mask) {
  const std::vector<Channel> channels = channel_constants(constants);
  at::parallel_for(0, shape.batch * shape.channels, planes_a_thread(shape),
                   [&](int64_t begin, int64_t end) {
                     for (int64_t p = begin; p < end; ++p) {
                       const int64_t at = p * shape.plane;
                       codes_of(accumulators + at, shape.plane, channels[p % shape.channels],
                                codes + at, mask + at);
                     }
                   });
}

void output_gradients(Planes shape, const float* gradient, const uint8_t* mask,
                      const Requantize& constants, float* accumulator_gradient,
                      float* bias_gradient) {
  const int64_t planes = shape.batch * shape.channels;
  std::vector<double> sums(planes);
  at::parallel_for(0, planes, planes_a_thread(shape), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const FixedPoint m = constants.multipliers[p % shape.channels];
      const int64_t at = p * shape.plane;
      masked_product(gradient + at, mask + at, shape.plane,
                     static_cast<float>(std::ldexp(m.multiplier, -m.shift)),
                     accumulator_gradient + at);
      sums[p] = masked_sum(gradient + at, mask + at, shape.plane);
    }
  });
  for (int64_t c = 0; c < shape.channels; ++c) {
    double sum = 0;
    for (int64_t p = c; p < planes; p += shape.channels) {
      sum += sums[p];
    }
    bias_gradient[c] = static_cast<float>(sum / double{constants.output.scale});
  }
}

template <typename Accumulator>
void channel_range(Planes shape, const Accumulator* values, float* min, float* max) {
  const int64_t channels_a_thread =
      std::max<int64_t>(1, kGrain / std::max<int64_t>(1, shape.batch * shape.plane));
  at::parallel_for(0, shape.channels, channels_a_thread, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      min[c] = INFINITY;
      max[c] = -INFINITY;
      for (int64_t n = 0; n < shape.batch; ++n) {
        widen(values + (n * shape.channels + c) * shape.plane, shape.plane, min + c, max + c);
      }
    }
  });
}

template void output_codes(Planes, const float*, const Requantize&, float*, uint8_t*);
template void output_codes(Planes, const double*, const Requantize&, float*, uint8_t*);
template void channel_range(Planes, const float*, float*, float*);
template void channel_range(Planes, const double*, float*, float*);

}  // namespace floatsd::quant::kernels
