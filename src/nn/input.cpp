#include "nn/input.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "quant/choose_qparams.h"

namespace floatsd::nn {
namespace {

constexpr int kBytes = 256;

float real_value(const InputSpec& spec, size_t channel, int byte) {
  return (static_cast<float>(byte) / 255.0F - spec.mean[channel]) / spec.deviation[channel];
}

/// [channels][256] values of type T, looked up for each pixel: channels-last.
template <typename T>
at::Tensor look_up(const std::vector<T>& table, const at::Tensor& pixels) {
  const at::Tensor bytes = pixels.contiguous();
  // Explicit strides: images of one channel are dense in both formats, and ATen would choose NCHW.
  const at::Tensor values =
      at::empty(bytes.sizes(), bytes.options().dtype(c10::CppTypeToScalarType<T>::value),
                at::MemoryFormat::ChannelsLast);
  const int64_t channels = bytes.size(1);
  const int64_t plane = bytes.size(2) * bytes.size(3);
  const auto* byte = bytes.const_data_ptr<uint8_t>();
  auto* value = values.mutable_data_ptr<T>();
  at::parallel_for(0, bytes.size(0), /*grain_size=*/1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * channels; at < end * channels; ++at) {  // a plane of an image
      const T* row = table.data() + at % channels * kBytes;
      T* to = value + at / channels * channels * plane + at % channels;
      for (int64_t i = 0; i < plane; ++i) {
        to[i * channels] = row[byte[at * plane + i]];
      }
    }
  });
  return values;
}

}  // namespace

QParams input_qparams(const InputSpec& spec) {
  float min = 0;
  float max = 0;
  for (size_t c = 0; c < spec.mean.size(); ++c) {
    min = std::min(min, real_value(spec, c, 0));
    max = std::max(max, real_value(spec, c, kBytes - 1));
  }
  return quant::choose_activation_qparams(min, max, spec.scales, spec.scheme);
}

std::vector<uint8_t> input_table(const InputSpec& spec) {
  const QParams qparams = input_qparams(spec);
  std::vector<uint8_t> table;
  for (size_t c = 0; c < spec.mean.size(); ++c) {
    for (int byte = 0; byte < kBytes; ++byte) {
      const auto code =
          static_cast<int32_t>(std::nearbyint(real_value(spec, c, byte) / qparams.scale));
      table.push_back(
          static_cast<uint8_t>(std::clamp(code + qparams.zero_point, kMinCode, kMaxCode)));
    }
  }
  return table;
}

ops::Signal input_reals(const InputSpec& spec, const at::Tensor& pixels) {
  std::vector<float> table;
  for (size_t c = 0; c < spec.mean.size(); ++c) {
    for (int byte = 0; byte < kBytes; ++byte) {
      table.push_back(real_value(spec, c, byte));
    }
  }
  return {.values = look_up(table, pixels)};
}

ops::Signal input_codes(const InputSpec& spec, const at::Tensor& pixels) {
  const at::Tensor bytes = look_up(input_table(spec), pixels);
  return {.qparams = input_qparams(spec), .codes = {bytes, ops::make_edge(bytes.sizes())}};
}

}  // namespace floatsd::nn
