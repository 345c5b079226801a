#include "floatsd/runtime/interpreter.h"

#include <algorithm>
#include <span>

#include "catch.h"
#include "floatsd/core/error.h"
#include "runtime/kernels/packed_op.h"
#include "runtime/kernels/reference.h"
#include "sample_program.h"

using namespace floatsd::runtime;
using floatsd::FixedPoint;
using floatsd::QParams;
using floatsd::Requantize;

namespace {

constexpr FixedPoint kOne = {1 << 15, 15};

Op conv_op(Weights weights, int32_t bias, QParams output, Conv2d rest = {}) {
  rest.weights = std::move(weights);
  const auto channels = static_cast<size_t>(rest.weights.shape[0]);
  rest.requantize.bias.assign(channels, bias);
  rest.requantize.multipliers.assign(channels, kOne);
  rest.requantize.output = output;
  return {"conv", {kNetworkInput}, std::move(rest)};
}

std::vector<uint8_t> reference(const Op& op, ActivationShape in, int32_t zero_point,
                               std::span<const uint8_t> input, ActivationShape out) {
  std::vector<uint8_t> codes(static_cast<size_t>(out.size()));
  kernels::run_reference(op, in, zero_point, input, out, codes);
  return codes;
}

std::vector<uint8_t> transposed(std::span<const uint8_t> codes, const ActivationShape& shape,
                                bool to_hwc) {
  std::vector<uint8_t> result(codes.size());
  const int64_t plane = shape.height * shape.width;
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      const int64_t chw = c * plane + i;
      const int64_t hwc = i * shape.channels + c;
      (to_hwc ? result[hwc] : result[chw]) = to_hwc ? codes[chw] : codes[hwc];
    }
  }
  return result;
}

}  // namespace

TEST_CASE("A 1x1 convolution multiplies, adds the bias and clamps", "[interpreter]") {
  const Op op = conv_op({.format = "int8", .shape = {1, 1, 1, 1}, .levels = {-2}, .scales = {1}},
                        5, {1.0F, 10});
  const std::vector<uint8_t> in = {7, 6, 20, 0};  // less zero point 7: 0, -1, 13, -7
  CHECK(reference(op, {1, 2, 2}, 7, in, {1, 2, 2}) == std::vector<uint8_t>{15, 17, 0, 29});
}

TEST_CASE("Padding counts as zero, whatever the zero point is", "[interpreter]") {
  const Op op = conv_op({.format = "int8", .shape = {1, 1, 3, 3},
                         .levels = std::vector<int8_t>(9, 1), .scales = {1}},
                        0, {1.0F, 100}, {.padding = 1});
  const std::vector<uint8_t> in = {51, 52, 53, 54};  // less 50: 1, 2, 3, 4; every window sees all
  CHECK(reference(op, {1, 2, 2}, 50, in, {1, 2, 2}) == std::vector<uint8_t>{110, 110, 110, 110});
}

TEST_CASE("Stride skips, pooling takes the largest and drops the remainder", "[interpreter]") {
  const Weights one{.format = "int8", .shape = {1, 1, 1, 1}, .levels = {1}, .scales = {1}};
  const std::vector<uint8_t> in = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(reference(conv_op(one, 0, {}, {.stride = 2}), {1, 3, 3}, 0, in, {1, 2, 2}) ==
        std::vector<uint8_t>{1, 3, 7, 9});
  CHECK(reference(conv_op(one, 0, {}, {.pool = 2}), {1, 3, 3}, 0, in, {1, 1, 1}) ==
        std::vector<uint8_t>{5});
}

TEST_CASE("Under a ReLU codes end at the zero point", "[interpreter]") {
  Op op = conv_op({.format = "int8", .shape = {1, 1, 1, 1}, .levels = {-1}, .scales = {1}}, 0,
                  {1.0F, 10});
  std::get<Conv2d>(op.body).requantize.relu = true;
  CHECK(reference(op, {1, 1, 2}, 0, std::vector<uint8_t>{0, 3}, {1, 1, 2}) ==
        std::vector<uint8_t>{10, 10});
}

TEST_CASE("Groups see their own channels only", "[interpreter]") {
  const Op op = conv_op({.format = "int8", .shape = {2, 1, 1, 1}, .levels = {1, 3}, .scales = {1}},
                        0, {}, {.groups = 2});
  CHECK(reference(op, {2, 1, 2}, 0, std::vector<uint8_t>{1, 2, 10, 20}, {2, 1, 2}) ==
        std::vector<uint8_t>{1, 2, 30, 60});
}

TEST_CASE("A linear operator reads its input in C, H, W order", "[interpreter]") {
  Linear linear{.weights = {.format = "int8", .shape = {1, 4}, .levels = {1, 2, 4, 8}, .scales = {1}}};
  linear.requantize = {.bias = {0}, .multipliers = {kOne}, .output = {}};
  const Op op{"fc", {kNetworkInput}, linear};
  const ActivationShape in{2, 1, 2};
  const std::vector<uint8_t> chw = {1, 2, 3, 4};
  CHECK(reference(op, in, 0, chw, {1, 1, 1}) == std::vector<uint8_t>{1 + 4 + 12 + 32});
  kernels::Scratch scratch;
  std::vector<uint8_t> out(1);
  kernels::PackedOp(op, in, {1, 1, 1}, 0)
      .run(transposed(chw, in, true), out, kernels::best_dot(), scratch);
  CHECK(out[0] == 49);
}

TEST_CASE("Every instruction set computes what the reference does", "[interpreter]") {
  kernels::NamedDot dots[4];
  const int count = kernels::available_dots(dots);
  unsigned seed = 0;
  for (const int64_t channels : {1, 3, 16, 17}) {
    for (const int64_t kernel : {1, 3, 5}) {
      for (const int padding : {0, 2}) {
        for (const int stride : {1, 2}) {
          const int32_t zero_point = seed % 3 == 0 ? 0 : (seed % 3 == 1 ? 7 : 255);
          SampleProgram sample({channels, 11, 10}, {0.02F, zero_point}, ++seed);
          sample.conv({.out = 1 + static_cast<int64_t>(seed % 37), .kernel = kernel,
                       .stride = stride, .padding = padding,
                       .pool = 1 + static_cast<int>(seed % 2), .relu = seed % 4 == 0,
                       .format = seed % 2 == 0 ? "int8" : "floatsd4", .output = {0.5F, 90}});
          const Program& program = sample.get();
          const ActivationShape out = output_shapes(program)[0];
          const std::vector<uint8_t> image = sample.images(1);
          const auto expected =
              reference(program.ops[0], program.input_shape, zero_point, image, out);
          const kernels::PackedOp packed(program.ops[0], program.input_shape, out, zero_point);
          kernels::Scratch scratch;
          for (int i = 0; i < count; ++i) {
            INFO(dots[i].name << ", " << channels << " channels, kernel " << kernel);
            std::vector<uint8_t> found(expected.size());
            packed.run(transposed(image, program.input_shape, true), found, dots[i].function,
                       scratch);
            REQUIRE(transposed(found, out, false) == expected);
          }
        }
      }
    }
  }
}

TEST_CASE("Results depend neither on threads nor on the way they are asked for", "[interpreter]") {
  SampleProgram sample = small_sample();
  const Interpreter interpreter(sample.get());
  const auto images = sample.images(7);
  const auto codes = interpreter.run(images, 1);
  CHECK(codes.size() == 7 * 4);
  for (const int threads : {2, 3, 16}) {
    CHECK(interpreter.run(images, threads) == codes);
    CHECK(interpreter.run_layers(images, threads).back() == codes);
  }
  const auto classes = interpreter.classify(images, 2);
  for (size_t n = 0; n < 7; ++n) {
    const auto row = std::span(codes).subspan(n * 4, 4);
    CHECK(classes[n] == std::max_element(row.begin(), row.end()) - row.begin());
  }
}

TEST_CASE("Layers come out in [C, H, W], grouped ones too", "[interpreter]") {
  SampleProgram sample({4, 6, 5}, {0.02F, 9}, 5);
  sample.conv({.out = 6, .kernel = 3, .padding = 1, .groups = 2, .output = {0.5F, 60}})
      .conv({.out = 2, .kernel = 1, .output = {0.5F, 100}});
  const auto image = sample.images(1);
  const auto layers = Interpreter(sample.get()).run_layers(image, 1);
  const Program& program = sample.get();
  const auto shapes = output_shapes(program);
  CHECK(layers[0] == reference(program.ops[0], program.input_shape, 9, image, shapes[0]));
  CHECK(layers[1] == reference(program.ops[1], shapes[0], 60, layers[0], shapes[1]));
}

TEST_CASE("No images give no codes, and part of an image is refused", "[interpreter]") {
  SampleProgram sample = small_sample();
  const Interpreter interpreter(sample.get());
  CHECK(interpreter.run({}, 4).empty());
  CHECK_THROWS_WITH(interpreter.run(std::vector<uint8_t>(145), 1),
                    "sample: 145 input codes, expected a multiple of 144");
}
