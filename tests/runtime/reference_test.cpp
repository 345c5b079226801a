// The operators' definition on numbers that can be checked by hand.

#include "runtime/kernels/reference.h"

#include <array>
#include <vector>

#include "catch.h"

using namespace floatsd;
using namespace floatsd::runtime;

namespace {

using Codes = std::vector<uint8_t>;

/// 1 * acc: codes are acc + bias + zero point, clamped.
Requantize plain(std::vector<int32_t> bias, int32_t zero_point = 0) {
  return {.bias = bias,
          .multipliers = std::vector<FixedPoint>(bias.size(), to_fixed_point(1.0)),
          .output = {1.0F, zero_point}};
}

Conv2d conv(std::vector<int64_t> shape, std::vector<int16_t> levels, std::vector<int32_t> bias) {
  return {.weights = {.format = "int8",
                      .shape = std::move(shape),
                      .levels = std::move(levels),
                      .scales = {1.0F}},
          .requantize = plain(std::move(bias))};
}

struct Image {
  ActivationShape shape;
  Codes codes;
  int32_t zero_point = 0;
};

Codes run(decltype(Op::body) body, const Image& image) {
  Program program{.network = "one", .input_shape = image.shape};
  program.ops.push_back({"op", {kNetworkInput}, std::move(body)});
  const ActivationShape out = output_shapes(program).front();
  Codes result(static_cast<size_t>(out.size()));
  const Operand operand{image.shape, image.codes, image.zero_point};
  kernels::run_reference(program.ops[0], {&operand, 1}, out, result);
  return result;
}

}  // namespace

TEST_CASE("A 1x1 convolution multiplies, adds its channels and its bias", "[reference]") {
  const Image image{{2, 1, 3}, {1, 2, 3, 10, 20, 30}};
  CHECK(run(conv({2, 2, 1, 1}, {3, 1, -1, 2}, {0, 5}), image) == Codes{13, 26, 39, 24, 43, 62});
}

TEST_CASE("The input zero point is subtracted from every code", "[reference]") {
  const Image image{{1, 1, 3}, {7, 8, 5}, 7};
  CHECK(run(conv({1, 1, 1, 1}, {4}, {100}), image) == Codes{100, 104, 92});
}

TEST_CASE("Padding contributes zero whatever the zero point is", "[reference]") {
  const Image image{{1, 2, 2}, {101, 102, 103, 104}, 100};
  Conv2d sum = conv({1, 1, 3, 3}, std::vector<int16_t>(9, 1), {0});
  sum.padding = 1;
  CHECK(run(sum, image) == Codes{10, 10, 10, 10});
}

TEST_CASE("A kernel is not mirrored", "[reference]") {
  const Image image{{1, 2, 2}, {1, 2, 3, 4}};
  CHECK(run(conv({1, 1, 2, 2}, {1, 10, 20, 40}, {0}), image) == Codes{241});
}

TEST_CASE("Stride 2 takes every other place", "[reference]") {
  const Image image{{1, 3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  Conv2d identity = conv({1, 1, 1, 1}, {1}, {0});
  identity.stride = 2;
  CHECK(run(identity, image) == Codes{1, 3, 9, 11});
}

TEST_CASE("Pooling takes the largest of each window and drops the remainder", "[reference]") {
  const Image image{{1, 3, 5}, {1, 2, 3, 4, 99, 5, 6, 8, 7, 99, 99, 99, 99, 99, 99}};
  Conv2d identity = conv({1, 1, 1, 1}, {1}, {0});
  identity.pool = 2;
  CHECK(run(identity, image) == Codes{6, 8});
}

TEST_CASE("Pooling takes the largest accumulator, not the largest magnitude", "[reference]") {
  const Image image{{1, 2, 2}, {1, 2, 3, 4}};
  Conv2d negated = conv({1, 1, 1, 1}, {-1}, {50});
  negated.pool = 2;
  CHECK(run(negated, image) == Codes{49});
}

TEST_CASE("Codes end at 0 and 255, under a ReLU at the zero point", "[reference]") {
  const Image image{{1, 1, 4}, {0, 90, 100, 255}, 100};
  Conv2d shifted = conv({1, 1, 1, 1}, {2}, {0});
  shifted.requantize.output.zero_point = 10;
  CHECK(run(shifted, image) == Codes{0, 0, 10, 255});
  shifted.requantize.output.zero_point = 40;
  CHECK(run(shifted, image) == Codes{0, 20, 40, 255});
  shifted.requantize.relu = true;
  CHECK(run(shifted, image) == Codes{40, 40, 40, 255});
}

TEST_CASE("A half is rounded up, below zero too", "[reference]") {
  const Image image{{1, 1, 4}, {97, 99, 101, 103}, 100};
  Conv2d halved = conv({1, 1, 1, 1}, {1}, {0});
  halved.requantize.multipliers = {to_fixed_point(0.5)};
  halved.requantize.output.zero_point = 10;
  CHECK(run(halved, image) == Codes{9, 10, 11, 12});
}

TEST_CASE("A group reads only its own input channels", "[reference]") {
  const Image image{{4, 1, 1}, {1, 2, 3, 4}};
  Conv2d grouped = conv({2, 2, 1, 1}, {1, 10, 1, 10}, {0, 0});
  grouped.groups = 2;
  CHECK(run(grouped, image) == Codes{21, 43});
}

TEST_CASE("A depthwise convolution has a kernel for each channel", "[reference]") {
  const Image image{{3, 1, 2}, {1, 2, 3, 4, 5, 6}};
  Conv2d depthwise = conv({3, 1, 1, 1}, {1, 2, 3}, {0, 0, 0});
  depthwise.groups = 3;
  CHECK(run(depthwise, image) == Codes{1, 2, 6, 8, 15, 18});
}

TEST_CASE("A linear operator reads a map in the order C, H, W", "[reference]") {
  const Image image{{2, 2, 1}, {1, 2, 3, 4}, 1};
  const Linear linear{.weights = {.format = "int8",
                                  .shape = {2, 4},
                                  .levels = {1, 10, 20, 40, 0, 0, 0, -1},
                                  .scales = {1.0F}},
                      .requantize = plain({0, 5})};
  CHECK(run(linear, image) == Codes{0 + 10 + 40 + 120, 2});
}

TEST_CASE("A sum takes each input's codes less its own zero point", "[reference]") {
  const ActivationShape shape{1, 1, 4};
  const Codes a = {5, 6, 7, 105};
  const Codes b = {20, 20, 24, 220};
  const std::array<Operand, 2> operands = {Operand{shape, a, 5}, Operand{shape, b, 20}};
  // 1/2 a + 1/4 b + 50
  const Op sum{"sum", {0, 1}, Add{choose_add_requantize({1.0F, 0.5F}, {2.0F, 50})}};
  Codes output(4);
  kernels::run_reference(sum, operands, shape, output);
  CHECK(output == Codes{50, 51, 52, 150});
}

TEST_CASE("A mean is rounded half up over all pixels of a channel", "[reference]") {
  const Image image{{3, 2, 2}, {10, 11, 12, 13, 10, 10, 10, 12, 9, 10, 10, 9}, 10};
  // 6 / 4 = 1.5, 2 / 4 = 0.5, -2 / 4 = -0.5
  const GlobalAveragePool pool{.multiplier = average_multiplier(1.0F, 4, 1.0F),
                               .output = {1.0F, 100}};
  CHECK(run(pool, image) == Codes{102, 101, 100});
}

TEST_CASE("A mean's code ends at 0 and 255", "[reference]") {
  const Image image{{2, 1, 2}, {0, 0, 255, 255}, 128};
  const GlobalAveragePool pool{.multiplier = average_multiplier(1.0F, 2, 0.5F),
                               .output = {0.5F, 100}};
  CHECK(run(pool, image) == Codes{0, 255});
}

TEST_CASE("Downsampling takes every other pixel, the first one included", "[reference]") {
  const Image image{{1, 3, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
  CHECK(run(Downsample{.stride = 2}, image) == Codes{1, 3, 5, 11, 13, 15});
  CHECK(run(Downsample{.stride = 3}, image) == Codes{1, 4});
}

TEST_CASE("Downsampling puts new channels of the zero point around the old ones", "[reference]") {
  const Image image{{2, 1, 1}, {1, 2}, 77};
  CHECK(run(Downsample{.channels_before = 1, .channels_after = 2}, image) ==
        Codes{77, 1, 2, 77, 77});
}

TEST_CASE("Without a table an input code is the pixel byte", "[reference]") {
  const Program program{.network = "none", .input_shape = {1, 1, 3}};
  CHECK(kernels::input_codes(program, Codes{0, 7, 255}) == Codes{0, 7, 255});
}

TEST_CASE("The input table has a row for each channel", "[reference]") {
  Program program{.network = "none", .input_shape = {2, 1, 2}, .input_table = Codes(512)};
  program.input_table[0] = 10;
  program.input_table[255] = 11;
  program.input_table[256] = 20;
  program.input_table[256 + 255] = 21;
  CHECK(kernels::input_codes(program, Codes{255, 0, 0, 255}) == Codes{11, 10, 20, 21});
}

TEST_CASE("A max pool takes the largest code of the image, whatever the zero point",
          "[reference]") {
  const Image image{{1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 200};
  CHECK(run(MaxPool{{.size = 2, .stride = 2, .padding = 1}}, image) == Codes{1, 3, 7, 9});
  CHECK(run(MaxPool{{.size = {1, 3}, .stride = 1}}, image) == Codes{3, 6, 9});
  CHECK(run(MaxPool{{.size = 2, .stride = 1, .dilation = 2}}, image) == Codes{9});
  CHECK(run(MaxPool{{.size = 2, .stride = 2, .dilation = 1, .ceil_mode = true}}, image) ==
        Codes{5, 6, 8, 9});
}

TEST_CASE("A mean over windows divides by the values that count", "[reference]") {
  const Image image{{1, 2, 2}, {14, 18, 22, 30}, 10};  // less the zero point: 4, 8, 12, 20
  AveragePool pool{.window = {.size = 2, .stride = 2, .padding = 1},
                   .padding_counts = PaddingCounts::kNo,
                   .multipliers = {average_multiplier(1, 1, 1)},
                   .output = {1.0F, 100}};
  CHECK(run(pool, image) == Codes{104, 108, 112, 120});
  pool.padding_counts = PaddingCounts::kYes;
  pool.multipliers = {average_multiplier(1, 4, 1)};
  CHECK(run(pool, image) == Codes{101, 102, 103, 105});
  pool.window = {.size = 2, .stride = 1, .padding = {1, 0, 0, 0}};
  pool.padding_counts = PaddingCounts::kNo;
  pool.multipliers = {average_multiplier(1, 2, 1), average_multiplier(1, 4, 1)};
  CHECK(run(pool, image) == Codes{106, 111});  // (4 + 8) / 2, 44 / 4
}

TEST_CASE("Flattening goes by channels or by pixels", "[reference]") {
  const Image image{{2, 1, 3}, {1, 2, 3, 10, 20, 30}};
  CHECK(run(Flatten{AxesOrder::kChannelsFirst}, image) == Codes{1, 2, 3, 10, 20, 30});
  CHECK(run(Flatten{AxesOrder::kChannelsLast}, image) == Codes{1, 10, 2, 20, 3, 30});
}

TEST_CASE("A clamp leaves the codes between its ends", "[reference]") {
  CHECK(run(Clamp{.lower = 10, .upper = 20}, {{1, 1, 4}, {0, 10, 15, 255}}) ==
        Codes{10, 10, 15, 20});
}

TEST_CASE("Inputs of two scales are brought to the output's and joined", "[reference]") {
  const Op op{
      "joined",
      {kNetworkInput, kNetworkInput},
      Concat{.multipliers = {average_multiplier(0.5F, 1, 1.0F), average_multiplier(1.0F, 1, 1.0F)},
             .output = {1.0F, 50}}};
  const Codes a = {10, 13, 4};  // 0, 3, -6 halves
  const Codes b = {20, 0};
  const std::array<Operand, 2> operands = {Operand{{3, 1, 1}, a, 10}, Operand{{2, 1, 1}, b, 20}};
  Codes output(5);
  kernels::run_reference(op, operands, {5, 1, 1}, output);
  CHECK(output == Codes{50, 52, 47, 50, 30});  // 1.5 rounds up
}

TEST_CASE("Codes end at the code of 6 if a ReLU6 says so", "[reference]") {
  Conv2d identity = conv({1, 1, 1, 1}, {1}, {0});
  identity.requantize.relu = true;
  identity.requantize.upper = 192;
  CHECK(run(identity, {{1, 1, 3}, {0, 192, 250}}) == Codes{0, 192, 192});
}
