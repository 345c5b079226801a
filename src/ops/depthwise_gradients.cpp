#include "ops/depthwise_gradients.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/vectorize.h"
#include "ops/record.h"

namespace floatsd::ops {
namespace {

/// Sums over images are made in this many parts, whatever the number of threads.
constexpr int64_t kParts = 16;
constexpr int64_t kLanes = 16;  // channels side by side
constexpr int kTaps = 9;

/// Channels that fill a register; as a vector of GCC's it may stand for floats in memory.
template <int64_t count>
using Lanes __attribute__((vector_size(count * sizeof(float)))) = float;

/// Aligned for every instruction set, wherever it stands.
struct alignas(kLanes * sizeof(float)) Pixel {
  float channels[kLanes];
};

/// Some of a pixel's channels: as many as `Some` holds, from `lane` on.
template <typename Some>
__attribute__((always_inline)) inline Some& at_lane(Pixel& pixel, int64_t lane) {
  return *reinterpret_cast<Some*>(pixel.channels + lane);
}
template <typename Some>
__attribute__((always_inline)) inline const Some& at_lane(const Pixel& pixel, int64_t lane) {
  return *reinterpret_cast<const Some*>(pixel.channels + lane);
}

/// One image, kLanes channels after kLanes channels: of each [height + 2][width + 2] pixels, 0
/// around them. Channels beyond the last are 0.
struct Planes {
  int64_t height, width, channels;
  [[nodiscard]] int64_t line() const { return width + 2; }
  [[nodiscard]] int64_t size() const { return (height + 2) * line(); }
  [[nodiscard]] int64_t count() const { return (channels + kLanes - 1) / kLanes; }
};

/// Runs work(lanes, place in the planes) for each part of each `stride`-th pixel; a whole part's
/// lanes are a constant to the compiler.
template <typename Work>
__attribute__((always_inline)) inline void for_each_part(Planes planes, int64_t stride,
                                                         const Work& work) {
  const int64_t whole = planes.channels / kLanes;
  const int64_t rest = planes.channels % kLanes;
  for (int64_t y = 0; y < planes.height; y += stride) {
    for (int64_t x = 0; x < planes.width; x += stride) {
      int64_t at = (y + 1) * planes.line() + x + 1;
      for (int64_t part = 0; part < whole; ++part, at += planes.size()) {
        work(std::integral_constant<int64_t, kLanes>(), at);
      }
      if (rest > 0) {
        work(rest, at);
      }
    }
  }
}

/// Codes [H, W, C] less their zero point.
FLOATSD_VECTORIZED
void lay_codes(const uint8_t* codes, float zero_point, Planes planes, Pixel* to) {
  for_each_part(planes, 1, [&](auto lanes, int64_t at) {
    for (int64_t i = 0; i < lanes; ++i) {
      to[at].channels[i] = static_cast<float>(codes[i]) - zero_point;
    }
    codes += lanes;
  });
}

/// The output's gradient [H', W', C] to where its windows are centered.
void lay_gradient(const float* gradient, Planes planes, int64_t stride, Pixel* to) {
  for_each_part(planes, stride, [&](auto lanes, int64_t at) {
    std::memcpy(to[at].channels, gradient, static_cast<size_t>(lanes) * sizeof(float));
    gradient += lanes;
  });
}

/// And back: the input's gradient [H, W, C].
void collect(const Pixel* from, Planes planes, float* gradient) {
  for_each_part(planes, 1, [&](auto lanes, int64_t at) {
    std::memcpy(gradient, from[at].channels, static_cast<size_t>(lanes) * sizeof(float));
    gradient += lanes;
  });
}

/// sums[tap] += gradient * value, over the pixels that have a gradient.
template <typename Some>
__attribute__((always_inline)) inline void add_level_gradients(const Pixel* values,
                                                               const Pixel* gradient, Planes planes,
                                                               int64_t stride, int64_t lane,
                                                               Pixel* sums) {
  const int64_t line = planes.line();
  Some sum[kTaps];
  for (int tap = 0; tap < kTaps; ++tap) {
    sum[tap] = at_lane<Some>(sums[tap], lane);
  }
  for (int64_t y = 0; y < planes.height; y += stride) {
    for (int64_t x = 0; x < planes.width; x += stride) {
      const Pixel* window = values + y * line + x;
      const Some g = at_lane<Some>(gradient[(y + 1) * line + x + 1], lane);
      for (int tap = 0; tap < kTaps; ++tap) {
        sum[tap] += g * at_lane<Some>(window[tap / 3 * line + tap % 3], lane);
      }
    }
  }
  for (int tap = 0; tap < kTaps; ++tap) {
    at_lane<Some>(sums[tap], lane) = sum[tap];
  }
}

/// The input's gradient at each pixel: what the windows around it got, times their levels.
template <typename Some>
__attribute__((always_inline)) inline void input_gradients(const Pixel* gradient,
                                                           const Pixel* levels, Planes planes,
                                                           int64_t lane, Pixel* to) {
  const int64_t line = planes.line();
  Some level[kTaps];
  for (int tap = 0; tap < kTaps; ++tap) {
    level[tap] = at_lane<Some>(levels[tap], lane);
  }
  for (int64_t y = 0; y < planes.height; ++y) {
    for (int64_t x = 0; x < planes.width; ++x) {
      const Pixel* last = gradient + (y + 2) * line + x + 2;
      Some sum = at_lane<Some>(*last, lane) * level[0];
      for (int tap = 1; tap < kTaps; ++tap) {
        sum += at_lane<Some>(last[-(tap / 3 * line + tap % 3)], lane) * level[tap];
      }
      at_lane<Some>(to[(y + 1) * line + x + 1], lane) = sum;
    }
  }
}

/// One plane: adds its levels' gradients to `sums` [kTaps], and puts the input's gradient in the
/// place of `values`.
template <typename Some>
__attribute__((always_inline)) inline void plane_gradients(Pixel* values, const Pixel* gradient,
                                                           const Pixel* levels, Planes planes,
                                                           int64_t stride, Pixel* sums) {
  constexpr int64_t kTogether = sizeof(Some) / sizeof(float);
  for (int64_t lane = 0; lane < kLanes; lane += kTogether) {
    add_level_gradients<Some>(values, gradient, planes, stride, lane, sums);
    input_gradients<Some>(gradient, levels, planes, lane, values);
  }
}

/// Nine sums and what they are made of stay in registers: 16 of eight channels, or 32 of sixteen.
/// Both compute the same bits.
FLOATSD_VECTORIZED
void plane_gradients_by_eight(Pixel* values, const Pixel* gradient, const Pixel* levels,
                              Planes planes, int64_t stride, Pixel* sums) {
  plane_gradients<Lanes<8>>(values, gradient, levels, planes, stride, sums);
}

using PlaneGradients = decltype(&plane_gradients_by_eight);

#if defined(__x86_64__)

__attribute__((target("avx512f"))) void plane_gradients_by_sixteen(Pixel* values,
                                                                   const Pixel* gradient,
                                                                   const Pixel* levels,
                                                                   Planes planes, int64_t stride,
                                                                   Pixel* sums) {
  plane_gradients<Lanes<16>>(values, gradient, levels, planes, stride, sums);
}

PlaneGradients best_plane_gradients() {
  return __builtin_cpu_supports("avx512f") != 0 ? plane_gradients_by_sixteen
                                                : plane_gradients_by_eight;
}

#else

PlaneGradients best_plane_gradients() { return plane_gradients_by_eight; }

#endif

/// Levels [C, 1, 3, 3] as [planes][kTaps].
std::vector<Pixel> lay_levels(const at::Tensor& levels, Planes planes) {
  std::vector<Pixel> laid(planes.count() * kTaps);
  const at::Tensor dense = levels.detach().contiguous(at::MemoryFormat::ChannelsLast);
  const auto* level = dense.const_data_ptr<float>();
  for (int64_t c = 0; c < planes.channels; ++c) {
    for (int tap = 0; tap < kTaps; ++tap) {
      laid[c / kLanes * kTaps + tap].channels[c % kLanes] = level[c * kTaps + tap];
    }
  }
  return laid;
}

/// Back, the sum of the parts [part][planes][kTaps].
at::Tensor level_gradients(const std::vector<std::vector<Pixel>>& parts, Planes planes,
                           const at::Tensor& levels) {
  const at::Tensor result = at::empty_like(levels, at::MemoryFormat::ChannelsLast);
  auto* gradient = result.mutable_data_ptr<float>();
  for (int64_t c = 0; c < planes.channels; ++c) {
    for (int tap = 0; tap < kTaps; ++tap) {
      double sum = 0;
      for (const std::vector<Pixel>& part : parts) {
        sum += part[c / kLanes * kTaps + tap].channels[c % kLanes];
      }
      gradient[c * kTaps + tap] = static_cast<float>(sum);
    }
  }
  return result;
}

}  // namespace

bool has_depthwise_gradients(const integer::ConvolutionShape& shape) {
  const Window& window = shape.window;
  return shape.depthwise() && window.stride == Extent(window.stride.height) &&
         window == Window{.size = 3, .stride = window.stride, .padding = 1};
}

std::pair<at::Tensor, at::Tensor> depthwise_gradients(const integer::ConvolutionShape& shape,
                                                      const at::Tensor& gradient,
                                                      const at::Tensor& codes, int32_t zero_point,
                                                      const at::Tensor& levels) {
  const at::Tensor upstream = gradient.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor input_gradient = at::empty_like(codes, at::kFloat);
  FLOATSD_RECORD("floatsd::depthwise_gradients", upstream, codes, input_gradient);
  const Planes planes{shape.height, shape.width, shape.channels};
  const std::vector<Pixel> level = lay_levels(levels, planes);
  const int64_t images = codes.size(0);
  std::vector<std::vector<Pixel>> parts(std::min(kParts, images), std::vector<Pixel>(level.size()));
  const auto count = static_cast<int64_t>(parts.size());
  const int64_t out_size = shape.out_pixels() * shape.channels;
  const auto* from = upstream.const_data_ptr<float>();
  const auto* code = codes.const_data_ptr<uint8_t>();
  auto* to = input_gradient.mutable_data_ptr<float>();
  const PlaneGradients gradients_of_plane = best_plane_gradients();
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    thread_local std::vector<Pixel> values;  // and then the input's gradient
    thread_local std::vector<Pixel> gradients;
    values.assign(planes.count() * planes.size(), Pixel{});
    gradients.assign(values.size(), Pixel{});
    for (int64_t n = images * begin / count; n < images * end / count; ++n) {
      lay_codes(code + n * shape.in_size(), static_cast<float>(zero_point), planes, values.data());
      lay_gradient(from + n * out_size, planes, shape.window.stride.height, gradients.data());
      const int64_t part = ((n + 1) * count - 1) / images;
      for (int64_t p = 0; p < planes.count(); ++p) {
        gradients_of_plane(values.data() + p * planes.size(), gradients.data() + p * planes.size(),
                           level.data() + p * kTaps, planes, shape.window.stride.height,
                           parts[part].data() + p * kTaps);
      }
      collect(values.data(), planes, to + n * shape.in_size());
    }
  });
  return {input_gradient, level_gradients(parts, planes, levels)};
}

}  // namespace floatsd::ops
