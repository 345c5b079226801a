#pragma once
// A program with LeNet's layers and small channel counts; its numbers are counted up, not trained.

#include <array>
#include <string>

#include "floatsd/runtime/program.h"

inline floatsd::runtime::Weights counted_weights(std::vector<int64_t> shape,
                                                 floatsd::Granularity granularity,
                                                 const std::string& format = "floatsd4") {
  constexpr std::array<int16_t, 15> kLevels = {0,  1,  -1,  2,  -2,  4,  -4, 8,
                                               -8, 16, -16, 32, -32, 64, -64};
  size_t count = 1;
  for (const int64_t size : shape) {
    count *= static_cast<size_t>(size);
  }
  floatsd::runtime::Weights weights{.format = format, .granularity = granularity};
  for (size_t i = 0; i < count; ++i) {
    weights.levels.push_back(kLevels[i % kLevels.size()]);
  }
  const int64_t scales = granularity == floatsd::Granularity::kPerChannel ? shape[0] : 1;
  for (int64_t i = 0; i < scales; ++i) {
    weights.scales.push_back(0.1F + static_cast<float>(i));
  }
  weights.shape = std::move(shape);
  return weights;
}

inline floatsd::Requantize counted_requantize(int64_t channels) {
  floatsd::Requantize requantize{
      .multipliers = std::vector<floatsd::FixedPoint>(static_cast<size_t>(channels)),
      .output = {.scale = 0.3F, .zero_point = 7},
      .relu = true};
  for (int64_t i = 0; i < channels; ++i) {
    requantize.bias.push_back(static_cast<int32_t>(100 - 1000 * i));
  }
  return requantize;
}

/// The levels are FloatSD4's, which are levels of other formats, too.
inline floatsd::runtime::Program lenet_like(const std::string& format = "floatsd4") {
  using floatsd::Granularity;
  using namespace floatsd::runtime;
  const auto conv = [&](int64_t out, int64_t in) {
    return Conv2d{.weights = counted_weights({out, in, 5, 5}, Granularity::kPerChannel, format),
                  .requantize = counted_requantize(out)};
  };
  const auto linear = [&](int64_t out, int64_t in) {
    return Linear{.weights = counted_weights({out, in}, Granularity::kPerTensor, format),
                  .requantize = counted_requantize(out)};
  };
  return {.network = "lenet",
          .ops = {{"conv1", {kNetworkInput}, conv(4, 1)},
                  {"conv2", {0}, conv(6, 4)},
                  {"conv3", {1}, conv(8, 6)},
                  {"fc1", {2}, linear(12, 8)},
                  {"fc2", {3}, linear(10, 12)}}};
}
