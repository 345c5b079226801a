// Each kernel that make_kernel picks against the definition, at sizes with and without tails.

#include "runtime/kernels/kernel.h"

#include <array>
#include <vector>

#include "catch.h"
#include "runtime/kernels/layout.h"
#include "runtime/kernels/reference.h"
#include "sample_program.h"

using namespace floatsd;
using namespace floatsd::runtime;

namespace {

using Codes = std::vector<uint8_t>;

/// Two images, so that one's end is the other's start.
constexpr int64_t kImages = 2;

/// True if the kernel of the program's last operator gives the codes of its definition, from random
/// codes of the input's shape.
bool equals_definition(const Program& program, std::mt19937& random) {
  validate(program);
  const std::vector<ActivationShape> shapes = output_shapes(program);
  const Op& op = program.ops.back();
  const ActivationShape& in = program.input_shape;
  const ActivationShape& out = shapes.back();
  Codes hwc_expected;
  std::vector<Codes> hwc_inputs(op.inputs.size());
  for (int64_t image = 0; image < kImages; ++image) {
    std::vector<Codes> images;
    std::vector<Operand> operands;
    for (size_t k = 0; k < op.inputs.size(); ++k) {
      images.push_back(sample::codes(random, in.size()));
    }
    for (size_t k = 0; k < op.inputs.size(); ++k) {
      operands.push_back({in, images[k], input_qparams(program, op, k).zero_point});
      Codes hwc(images[k].size());
      kernels::to_hwc(in, images[k], hwc);
      hwc_inputs[k].insert(hwc_inputs[k].end(), hwc.begin(), hwc.end());
    }
    Codes expected(static_cast<size_t>(out.size()));
    Codes hwc(expected.size());
    kernels::run_reference(op, operands, out, expected);
    kernels::to_hwc(out, expected, hwc);
    hwc_expected.insert(hwc_expected.end(), hwc.begin(), hwc.end());
  }
  const std::vector<std::span<const uint8_t>> inputs(hwc_inputs.begin(), hwc_inputs.end());
  Codes found(hwc_expected.size());
  const auto kernel = kernels::make_kernel(program, program.ops.size() - 1, shapes);
  integer::ScratchMemory memory;
  kernel->run(inputs, found, memory.at_least(kernel->scratch_bytes()));
  return found == hwc_expected;
}

Program one(const ActivationShape& shape, int32_t zero_point, decltype(Op::body) body) {
  Program program{
      .network = "one", .input_shape = shape, .input = {.scale = 0.01F, .zero_point = zero_point}};
  program.ops = {{"op", {kNetworkInput}, std::move(body)}};
  return program;
}

}  // namespace

TEST_CASE("A depthwise convolution equals its definition", "[kernel]") {
  std::mt19937 random(1);
  const std::string format = GENERATE("int8", "floatsd4", "int4", "floatsd8-e3g32");
  const int64_t channels = GENERATE(1, 3, 16, 33, 96);
  const int kernel = GENERATE(1, 2, 3, 5);
  for (const int padding : {0, 1, 2}) {
    for (const int stride : {1, 2, 3}) {
      const int32_t zero_point = std::array{0, 7, 255}[random() % 3];
      const sample::ConvSizes sizes{.in = channels,
                                    .out = channels,
                                    .kernel = kernel,
                                    .stride = stride,
                                    .padding = padding,
                                    .groups = static_cast<int>(channels)};
      CAPTURE(format, channels, kernel, padding, stride, zero_point);
      CHECK(equals_definition(
          one({channels, 9, 8}, zero_point, sample::conv(random, format, sizes, 0.01F)), random));
    }
  }
}

TEST_CASE("A depthwise convolution is exact at the largest products", "[kernel]") {
  std::mt19937 random(2);
  const int32_t zero_point = GENERATE(0, 255);
  const int16_t level = GENERATE(int16_t{127}, int16_t{-127});
  Weights w{.format = "int8", .shape = {5, 1, 3, 3}, .scales = {1.0F}};
  w.levels.assign(45, level);
  Requantize r = choose_requantize(std::vector(5, 0.0F), 0.01F, w.scales, {25.0F, 128});
  CHECK(equals_definition(
      one({5, 4, 4}, zero_point, Conv2d{.weights = w, .requantize = r, .padding = 1, .groups = 5}),
      random));
}

TEST_CASE("A pooled depthwise convolution equals its definition", "[kernel]") {
  std::mt19937 random(3);
  const sample::ConvSizes sizes{.in = 4, .out = 4, .kernel = 3, .groups = 4, .pool = 2};
  CHECK(equals_definition(one({4, 7, 6}, 9, sample::conv(random, "int8", sizes, 0.01F)), random));
}

TEST_CASE("Grouped convolutions, and windows with sides of their own, equal their definition",
          "[kernel]") {
  std::mt19937 random(3);
  const auto sizes = GENERATE(values<sample::ConvSizes>(
      {{.in = 6, .out = 4, .kernel = 3, .padding = 1, .groups = 2},
       {.in = 3, .out = 6, .kernel = 3, .groups = 3},  // two kernels a channel
       {.in = 6,
        .out = 9,
        .kernel = {2, 3},
        .stride = {1, 2},
        .padding = {0, 2, 1, 0},
        .groups = 3},
       {.in = 6,
        .out = 9,
        .kernel = {2, 3},
        .padding = {2, 0, 0, 1},
        .dilation = {3, 2},
        .pool = 2},
       {.in = 6,
        .out = 6,
        .kernel = 3,
        .stride = {2, 1},
        .padding = 1,
        .dilation = {1, 2},
        .groups = 6}}));
  CHECK(equals_definition(one({sizes.in, 7, 6}, 9, sample::conv(random, "int8", sizes, 0.01F)),
                          random));
}

TEST_CASE("Convolutions over few pixels equal their definition", "[kernel]") {
  std::mt19937 random(4);
  const int64_t height = GENERATE(1, 2, 4, 5, 12);
  const sample::ConvSizes sizes{.in = 40, .out = 24};
  CHECK(equals_definition(one({40, height, 4}, 9, sample::conv(random, "floatsd4", sizes, 0.01F)),
                          random));
}

TEST_CASE("A sum equals its definition for scales near and far", "[kernel]") {
  std::mt19937 random(5);
  const float first = GENERATE(1e-6F, 0.003F, 0.5F);
  const float second = GENERATE(1e-4F, 0.003F, 0.4F);
  const float output = GENERATE(1e-4F, 0.004F, 0.02F, 300.0F, 1e8F);
  const int32_t zero_point = GENERATE(0, 128, 255);
  const int64_t channels = GENERATE(1, 16, 437);
  // A mean over one pixel has the input's shape and scales of its own.
  Program program = one({channels, 1, 1}, zero_point,
                        GlobalAveragePool{.multiplier = average_multiplier(first, 1, second),
                                          .output = {.scale = second, .zero_point = 200}});
  program.input.scale = first;
  Add sum{choose_add_requantize({first, second}, {.scale = output, .zero_point = 77})};
  sum.requantize.relu = random() % 2 == 0;
  program.ops.push_back({"sum", {kNetworkInput, 0}, sum});
  CAPTURE(first, second, output, zero_point, channels);
  CHECK(equals_definition(program, random));
}

TEST_CASE("A mean equals its definition", "[kernel]") {
  std::mt19937 random(6);
  const ActivationShape shape = GENERATE(
      values<ActivationShape>({{1, 1, 1}, {17, 4, 4}, {16, 8, 7}, {1280, 4, 4}, {3, 40, 50}}));
  const int32_t zero_point = GENERATE(0, 128, 255);
  const float scale = GENERATE(0.001F, 0.009F);
  CHECK(equals_definition(one(shape, zero_point,
                              GlobalAveragePool{.multiplier = average_multiplier(
                                                    0.01F, shape.height * shape.width, scale),
                                                .output = {.scale = scale, .zero_point = 100}}),
                          random));
}

TEST_CASE("Downsampling equals its definition", "[kernel]") {
  std::mt19937 random(7);
  const int stride = GENERATE(1, 2, 3);
  const int before = GENERATE(0, 1, 16);
  const int after = GENERATE(0, 3);
  CHECK(equals_definition(
      one({5, 7, 8}, 200,
          Downsample{.stride = stride, .channels_before = before, .channels_after = after}),
      random));
}

TEST_CASE("Pools over any window equal their definition", "[kernel]") {
  std::mt19937 random(8);
  const int64_t channels = GENERATE(1, 16, 37);
  const auto window = GENERATE(values<Window>(
      {{.size = 3, .stride = 2, .padding = 1},
       {.size = {2, 3}, .stride = {1, 2}, .padding = {1, 0, 0, 2}},
       {.size = 2, .stride = 2, .padding = 0, .dilation = 1, .ceil_mode = true},
       {.size = 3, .stride = 2, .padding = {1, 1, 2, 0}, .dilation = 1, .ceil_mode = true},
       {.size = {7, 6}, .stride = 1}}));
  const ActivationShape in{channels, 7, 6};
  CHECK(equals_definition(one(in, 50, MaxPool{window}), random));
  Window dilated = window;
  dilated.dilation = {2, 1};
  if (dilated.rows(in.height) > 0) {
    CHECK(equals_definition(one(in, 50, MaxPool{dilated}), random));
  }
  for (const PaddingCounts counts : {PaddingCounts::kNo, PaddingCounts::kYes}) {
    AveragePool pool{.window = window, .padding_counts = counts, .output = {0.008F, 100}};
    for (const int64_t count : pool_counts(pool, in).distinct()) {
      pool.multipliers.push_back(average_multiplier(0.01F, count, pool.output.scale));
    }
    CHECK(equals_definition(one(in, 50, pool), random));
  }
}

TEST_CASE("A concatenation equals its definition", "[kernel]") {
  std::mt19937 random(9);
  const float scale = GENERATE(0.002F, 0.01F, 3.0F);
  Concat concat{.output = {.scale = scale, .zero_point = 77}};
  concat.multipliers.assign(3, average_multiplier(0.01F, 1, scale));
  Program program = one({5, 4, 3}, 9, concat);
  program.ops[0].inputs.assign(3, kNetworkInput);
  CHECK(equals_definition(program, random));
}

TEST_CASE("Flattening and clamping equal their definition", "[kernel]") {
  std::mt19937 random(10);
  for (const AxesOrder order : {AxesOrder::kChannelsFirst, AxesOrder::kChannelsLast}) {
    CHECK(equals_definition(one({5, 4, 3}, 9, Flatten{order}), random));
  }
  CHECK(equals_definition(one({5, 4, 3}, 9, Clamp{.lower = 60, .upper = 190}), random));
}

TEST_CASE("Operators that end at the code of 6 equal their definition", "[kernel]") {
  std::mt19937 random(11);
  Conv2d conv = sample::conv(random, "int8", {.in = 19, .out = 21, .kernel = 3}, 0.01F);
  conv.requantize.relu = true;
  conv.requantize.upper = std::min(kMaxCode, conv.requantize.output.zero_point + 20);
  CHECK(equals_definition(one({19, 6, 5}, 9, conv), random));
  Add sum{choose_add_requantize({0.01F, 0.01F}, {.scale = 0.01F, .zero_point = 0})};
  sum.requantize.upper = 190;
  Program program = one({16, 5, 5}, 9, sum);
  program.ops[0].inputs = {kNetworkInput, kNetworkInput};
  CHECK(equals_definition(program, random));
}
