// Convolutions and linear operators against their definition, with pooling and requantization.

#include "runtime/kernels/convolution_op.h"

#include <array>
#include <vector>

#include "catch.h"
#include "runtime/kernels/reference.h"
#include "sample_program.h"

using namespace floatsd;
using namespace floatsd::runtime;

namespace {

using Codes = std::vector<uint8_t>;

Codes to_hwc(const ActivationShape& shape, const Codes& chw) {
  Codes hwc(chw.size());
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t i = 0; i < shape.height * shape.width; ++i) {
      hwc[i * shape.channels + c] = chw[c * shape.height * shape.width + i];
    }
  }
  return hwc;
}

/// True if the program's only operator gives the codes of its definition.
bool equals_definition(const Program& program, const Codes& input) {
  validate(program);
  const ActivationShape& in = program.input_shape;
  const ActivationShape out = output_shapes(program).front();
  const int32_t zero_point = program.input.zero_point;
  Codes expected(static_cast<size_t>(out.size()));
  const Operand operand{in, input, zero_point};
  kernels::run_reference(program.ops[0], {&operand, 1}, out, expected);

  Codes found(expected.size());
  const kernels::ConvolutionOp op(program.ops[0], in, out, zero_point);
  const Codes hwc = to_hwc(in, input);
  const std::span<const uint8_t> inputs[] = {hwc};
  integer::ScratchMemory memory;
  op.run(inputs, found, memory.at_least(op.scratch_bytes()));
  return found == to_hwc(out, expected);
}

}  // namespace

TEST_CASE("The integer kernel computes a random convolution as defined", "[convolution_op]") {
  std::mt19937 random(1);
  const std::string format = GENERATE("int8", "floatsd4", "floatsd8-e3g32");
  const int64_t in = GENERATE(1, 3, 16, 17);
  const int64_t out = GENERATE(1, 3, 16, 17);
  const int kernel = GENERATE(1, 3, 5);
  const int pool = GENERATE(1, 2);
  for (const int padding : {0, 1, 2}) {
    for (const int stride : {1, 2}) {
      const int32_t zero_point = std::array{0, 7, 255}[random() % 3];
      Program program{.network = "one",
                      .input_shape = {in, 9, 8},
                      .input = {.scale = 0.01F, .zero_point = zero_point}};
      const sample::ConvSizes sizes{.in = in,
                                    .out = out,
                                    .kernel = kernel,
                                    .stride = stride,
                                    .padding = padding,
                                    .pool = pool};
      program.ops = {{"conv", {kNetworkInput}, sample::conv(random, format, sizes, 0.01F)}};
      CAPTURE(format, in, out, kernel, pool, padding, stride, zero_point);
      CHECK(equals_definition(program, sample::codes(random, program.input_shape.size())));
    }
  }
}

TEST_CASE("The integer kernel computes a random linear operator as defined", "[convolution_op]") {
  std::mt19937 random(2);
  const std::string format = GENERATE("int8", "floatsd4", "floatsd8-e3g32");
  const int32_t zero_point = GENERATE(0, 7, 255);
  const int64_t out = GENERATE(1, 10, 16, 33);
  for (const ActivationShape& shape :
       {ActivationShape{1, 1, 1}, {17, 1, 1}, {3, 3, 5}, {16, 2, 2}}) {
    Program program{.network = "one",
                    .input_shape = shape,
                    .input = {.scale = 0.01F, .zero_point = zero_point}};
    program.ops = {
        {"fc", {kNetworkInput}, sample::linear(random, format, shape.size(), out, 0.01F)}};
    CAPTURE(format, zero_point, out, shape.channels, shape.height, shape.width);
    CHECK(equals_definition(program, sample::codes(random, shape.size())));
  }
}

TEST_CASE("The integer kernel is exact at the largest products", "[convolution_op]") {
  std::mt19937 random(3);
  const int32_t zero_point = GENERATE(0, 255);
  const int16_t level = GENERATE(int16_t{127}, int16_t{-127});
  const float bias = GENERATE(0.0F, 1e8F);  // the latter leaves no room for the zero point's share
  constexpr int64_t kInputs = 32767;
  Program program{.network = "one",
                  .input_shape = {kInputs, 1, 1},
                  .input = {.scale = 1.0F, .zero_point = zero_point}};
  Weights w{.format = "int8", .shape = {1, kInputs}, .scales = {1.0F}};
  w.levels.assign(kInputs, level);
  Requantize r = choose_requantize(std::vector{bias}, 1.0F, w.scales, {1e7F, 128});
  program.ops = {{"fc", {kNetworkInput}, Linear{.weights = w, .requantize = r}}};
  const Codes largest(kInputs, zero_point == 0 ? 255 : 0);
  CHECK(equals_definition(program, largest));
}
