#pragma once
// Small random programs that validate accepts: sizes as asked, numbers from a seed.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/runtime/program.h"

namespace sample {

using namespace floatsd;
using namespace floatsd::runtime;

inline int64_t count(const std::vector<int64_t>& shape) {
  int64_t product = 1;
  for (const int64_t size : shape) {
    product *= size;
  }
  return product;
}

inline std::vector<uint8_t> codes(std::mt19937& random, int64_t size) {
  std::vector<uint8_t> result(static_cast<size_t>(size));
  std::generate(result.begin(), result.end(), [&] { return static_cast<uint8_t>(random() % 256); });
  return result;
}

/// Each level of the format is as likely as any other.
inline Weights weights(std::mt19937& random, const std::string& format, Granularity granularity,
                       std::vector<int64_t> shape) {
  const auto& magnitudes = find_codebook(format).magnitudes;
  Weights w{.format = format, .granularity = granularity, .shape = std::move(shape)};
  for (int64_t i = 0; i < count(w.shape); ++i) {
    const int magnitude = magnitudes[random() % magnitudes.size()];
    w.levels.push_back(static_cast<int16_t>(random() % 2 == 0 ? magnitude : -magnitude));
  }
  const int64_t scales = granularity == Granularity::kPerChannel ? w.shape[0] : 1;
  for (int64_t i = 0; i < scales; ++i) {
    w.scales.push_back(0.001F * static_cast<float>(1 + random() % 9));
  }
  return w;
}

/// Output codes spread over their range: a typical accumulator is sqrt(products) * 30 * 90 units.
inline Requantize requantize(std::mt19937& random, const Weights& w, float input_scale) {
  const auto products = static_cast<float>(count(w.shape) / w.shape[0]);
  const QParams output{.scale = input_scale * 0.005F * std::sqrt(products) * 30.0F,
                       .zero_point = static_cast<int32_t>(random() % 256)};
  std::vector<float> bias(static_cast<size_t>(w.shape[0]));
  for (float& b : bias) {
    b = output.scale * static_cast<float>(static_cast<int>(random() % 101) - 50);
  }
  Requantize result = choose_requantize(bias, input_scale, w.scales, output);
  result.relu = random() % 2 == 0;
  return result;
}

struct ConvSizes {
  int64_t in = 1, out = 1;
  Extent kernel, stride;
  Padding padding;
  Extent dilation;
  int groups = 1, pool = 1;
};

inline Conv2d conv(std::mt19937& random, const std::string& format, const ConvSizes& sizes,
                   float input_scale) {
  Weights w =
      weights(random, format, Granularity::kPerChannel,
              {sizes.out, sizes.in / sizes.groups, sizes.kernel.height, sizes.kernel.width});
  Requantize r = requantize(random, w, input_scale);
  return {.weights = std::move(w),
          .requantize = std::move(r),
          .stride = sizes.stride,
          .padding = sizes.padding,
          .dilation = sizes.dilation,
          .groups = sizes.groups,
          .pool = sizes.pool};
}

inline Linear linear(std::mt19937& random, const std::string& format, int64_t in, int64_t out,
                     float input_scale) {
  Weights w = weights(random, format, Granularity::kPerTensor, {out, in});
  Requantize r = requantize(random, w, input_scale);
  return {.weights = std::move(w), .requantize = std::move(r)};
}

/// conv1 and conv2 pool, conv3 has two groups, fc1 flattens a map of more than one pixel, fc2 has
/// five classes; int8 stands at both ends and FloatSD4 between.
inline Program lenet_like(uint32_t seed) {
  std::mt19937 random(seed);
  Program program{.network = "lenet",
                  .input_shape = {2, 13, 11},
                  .input = {.scale = 1.0F / 255, .zero_point = 7}};
  const auto scale = [&] { return output_qparams(program, program.ops.back()).scale; };
  program.ops.push_back(
      {"conv1",
       {kNetworkInput},
       conv(random, "int8", {.in = 2, .out = 6, .kernel = 3, .padding = 1, .pool = 2},
            program.input.scale)});
  program.ops.push_back(
      {"conv2",
       {0},
       conv(random, "floatsd4", {.in = 6, .out = 4, .kernel = 3, .stride = 2, .padding = 2},
            scale())});
  program.ops.push_back({"conv3",
                         {1},
                         conv(random, "floatsd4",
                              {.in = 4, .out = 6, .kernel = 1, .groups = 2, .pool = 2}, scale())});
  const int64_t features = output_shapes(program).back().size();
  program.ops.push_back({"fc1", {2}, linear(random, "floatsd4", features, 9, scale())});
  program.ops.push_back({"fc2", {3}, linear(random, "int8", 9, 5, scale())});
  return program;
}

/// Two operators, 27 FloatSD4 weights (an odd tail) and 6 of int8.
inline Program tiny(uint32_t seed) {
  std::mt19937 random(seed);
  Program program{
      .network = "tiny", .input_shape = {1, 4, 4}, .input = {.scale = 1.0F / 255, .zero_point = 7}};
  program.ops.push_back(
      {"conv",
       {kNetworkInput},
       conv(random, "floatsd4", {.in = 1, .out = 3, .kernel = 3, .pool = 2}, program.input.scale)});
  program.ops.push_back(
      {"fc", {0}, linear(random, "int8", 3, 2, output_qparams(program, program.ops[0]).scale)});
  return program;
}

/// Appends an operator; returns its index.
inline int append(Program& program, std::string name, std::vector<int> inputs,
                  decltype(Op::body) body) {
  program.ops.push_back({std::move(name), std::move(inputs), std::move(body)});
  return static_cast<int>(program.ops.size()) - 1;
}

inline float output_scale(const Program& program, int op) {
  return output_qparams(program, program.ops[op]).scale;
}

/// The sum of two operators' outputs, on a scale that it mostly fits.
inline Add add(const Program& program, int a, int b) {
  const float scale_a = output_scale(program, a);
  const float scale_b = output_scale(program, b);
  return {choose_add_requantize({scale_a, scale_b},
                                {.scale = std::max(scale_a, scale_b) * 1.5F, .zero_point = 100})};
}

/// The mean of an operator's output.
inline GlobalAveragePool average_pool(const Program& program, int from) {
  const ActivationShape shape = output_shapes(program)[from];
  const float scale = output_scale(program, from);
  const QParams output{.scale = scale * 0.7F, .zero_point = 90};
  return {.multiplier = average_multiplier(scale, shape.height * shape.width, output.scale),
          .output = output};
}

/// Every kind of operator as residual networks have them: an input table, a block with depthwise
/// convolution and sum, a downsampling shortcut beside a strided convolution, a mean, a classifier.
inline Program residual(uint32_t seed) {
  std::mt19937 random(seed);
  Program program{.network = "residual",
                  .input_shape = {3, 9, 7},
                  .input = {.scale = 0.02F, .zero_point = 120},
                  .input_table = codes(random, int64_t{3} * 256)};
  const auto layer = [&](const char* name, int from, const std::string& format,
                         const ConvSizes& sizes) {
    const float scale = from == kNetworkInput ? program.input.scale : output_scale(program, from);
    return append(program, name, {from}, conv(random, format, sizes, scale));
  };
  const int stem =
      layer("stem", kNetworkInput, "floatsd4", {.in = 3, .out = 6, .kernel = 3, .padding = 1});
  const int expand = layer("expand", stem, "int4", {.in = 6, .out = 18});
  const int depthwise = layer("depthwise", expand, "floatsd4",
                              {.in = 18, .out = 18, .kernel = 3, .padding = 1, .groups = 18});
  const int project = layer("project", depthwise, "floatsd4", {.in = 18, .out = 6});
  const int sum = append(program, "sum", {stem, project}, add(program, stem, project));
  const int narrow = append(program, "narrow", {sum},
                            Downsample{.stride = 2, .channels_before = 1, .channels_after = 2});
  const int strided =
      layer("strided", sum, "int8", {.in = 6, .out = 9, .kernel = 3, .stride = 2, .padding = 1});
  Add last = add(program, strided, narrow);
  last.requantize.relu = true;
  const int join = append(program, "join", {strided, narrow}, last);
  const int pool = append(program, "pool", {join}, average_pool(program, join));
  append(program, "fc", {pool}, linear(random, "int8", 9, 5, output_scale(program, pool)));
  return program;
}

/// Two branches of other windows, their concatenation, pools of both kinds, a clamp, a flattening
/// and a ReLU6 whose codes end below 255.
inline Program branches(uint32_t seed) {
  std::mt19937 random(seed);
  Program program{.network = "branches",
                  .input_shape = {2, 11, 9},
                  .input = {.scale = 0.02F, .zero_point = 30}};
  Conv2d wide =
      conv(random, "floatsd4", {.in = 2, .out = 4, .kernel = {1, 3}, .padding = {0, 1, 0, 1}},
           program.input.scale);
  wide.requantize.relu = true;
  wide.requantize.upper = std::min(kMaxCode, wide.requantize.output.zero_point + 90);
  const int a = append(program, "wide", {kNetworkInput}, wide);
  const int b = append(program, "max", {kNetworkInput},
                       MaxPool{{.size = 3, .stride = 1, .padding = 1, .dilation = 1}});
  Concat concat{.output = {.scale = output_scale(program, a) * 1.2F, .zero_point = 60}};
  for (const int from : {a, b}) {
    concat.multipliers.push_back(
        average_multiplier(output_scale(program, from), 1, concat.output.scale));
  }
  const int joined = append(program, "joined", {a, b}, concat);
  const int clamped = append(program, "relu", {joined}, Clamp{.lower = 60, .upper = 210});
  AveragePool pool{.window = {.size = {3, 2},
                              .stride = 2,
                              .padding = {1, 0, 1, 1},
                              .dilation = 1,
                              .ceil_mode = true},
                   .padding_counts = PaddingCounts::kNo,
                   .output = {.scale = output_scale(program, clamped) * 0.8F, .zero_point = 40}};
  for (const int64_t count : pool_counts(pool, output_shapes(program)[clamped]).distinct()) {
    pool.multipliers.push_back(
        average_multiplier(output_scale(program, clamped), count, pool.output.scale));
  }
  const int mean = append(program, "mean", {clamped}, pool);
  const int flat = append(program, "flat", {mean}, Flatten{AxesOrder::kChannelsLast});
  append(
      program, "fc", {flat},
      linear(random, "int8", output_shapes(program).back().size(), 5, output_scale(program, flat)));
  return program;
}

}  // namespace sample
