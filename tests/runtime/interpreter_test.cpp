#include "floatsd/runtime/interpreter.h"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"
#include "runtime/kernels/reference.h"
#include "sample_program.h"

using namespace floatsd;
using namespace floatsd::runtime;

namespace {

using Codes = std::vector<uint8_t>;

/// Weights 1 of a linear operator over one code: every class gets bias + code.
Program classes_with_bias(std::vector<int32_t> bias) {
  const auto classes = static_cast<int64_t>(bias.size());
  Weights w{.format = "int8", .shape = {classes, 1}, .scales = {1.0F}};
  w.levels.assign(bias.size(), 1);
  Requantize r{.bias = bias,
               .multipliers = std::vector<FixedPoint>(bias.size(), to_fixed_point(1.0)),
               .output = {1.0F, 0}};
  Program program{.network = "classes", .input_shape = {1, 1, 1}};
  program.ops = {{"fc", {kNetworkInput}, Linear{.weights = w, .requantize = r}}};
  return program;
}

}  // namespace

TEST_CASE("Every layer of a network equals its definition, grouped ones included",
          "[interpreter]") {
  const uint32_t seed = GENERATE(range(1U, 6U));
  std::mt19937 random(seed);
  const Program program = sample::lenet_like(seed);
  const Codes image = sample::codes(random, program.input_shape.size());
  const std::vector<Codes> found = Interpreter(program).run_layers(image, 1);
  CHECK(found == kernels::run_reference(program, image));
}

TEST_CASE("Every layer of a residual network equals its definition", "[interpreter]") {
  const uint32_t seed = GENERATE(range(1U, 6U));
  std::mt19937 random(seed);
  const Program program = sample::residual(seed);
  const Codes image = sample::codes(random, program.input_shape.size());
  const std::vector<Codes> found = Interpreter(program).run_layers(image, 1);
  CHECK(found == kernels::run_reference(program, image));
}

TEST_CASE("Outputs that share a buffer do not disturb those still to be read", "[interpreter]") {
  std::mt19937 random(1);
  const Interpreter interpreter(
      GENERATE(sample::residual(1), sample::residual(2), sample::branches(1)));
  const Codes images = sample::codes(random, 30 * interpreter.program().input_shape.size());
  CHECK(interpreter.run(images, 2) == interpreter.run_layers(images, 2).back());
}

TEST_CASE("The sum of the first layer and the last is right, whatever stands between",
          "[interpreter]") {
  std::mt19937 random(1);
  Program program = sample::residual(1);
  program.ops.resize(5);  // up to the sum of stem and project
  const int again = sample::append(program, "again", {4, 0}, sample::add(program, 4, 0));
  sample::append(program, "doubled", {again, again}, sample::add(program, again, again));
  const Codes image = sample::codes(random, program.input_shape.size());
  CHECK(Interpreter(program).run(image, 1) == kernels::run_reference(program, image).back());
}

TEST_CASE("The input table says what a channel's pixel bytes mean", "[interpreter]") {
  Program program{
      .network = "one", .input_shape = {2, 1, 1}, .input = {1.0F, 0}, .input_table = Codes(512)};
  program.input_table[3] = 30;         // channel 0
  program.input_table[256 + 3] = 200;  // channel 1
  program.ops = {{"copy", {kNetworkInput}, Downsample{}}};
  CHECK(Interpreter(program).run(Codes{3, 3}, 1) == Codes{30, 200});
}

TEST_CASE("A layer may read any layer before it", "[interpreter]") {
  std::mt19937 random(1);
  Program program = sample::lenet_like(1);
  program.ops.push_back({"fc3",
                         {2},
                         sample::linear(random, "int8", output_shapes(program)[2].size(), 3,
                                        sample::output_scale(program, 2))});
  const Codes image = sample::codes(random, program.input_shape.size());
  CHECK(Interpreter(program).run_layers(image, 1) == kernels::run_reference(program, image));
}

TEST_CASE("A network that ends in a map gives it in the order C, H, W", "[interpreter]") {
  std::mt19937 random(1);
  Program program = sample::lenet_like(1);
  program.ops.resize(2);
  const Codes image = sample::codes(random, program.input_shape.size());
  CHECK(Interpreter(program).run(image, 1) == kernels::run_reference(program, image).back());
}

TEST_CASE("The output is the last layer's, whatever the number of threads", "[interpreter]") {
  std::mt19937 random(1);
  const Interpreter interpreter(sample::lenet_like(1));
  const int64_t size = interpreter.program().input_shape.size();
  const Codes images = sample::codes(random, 7 * size);
  const std::vector<Codes> layers = interpreter.run_layers(images, 1);
  const Codes third = interpreter.run(std::span(images).subspan(2 * size, size), 1);
  CHECK(std::equal(third.begin(), third.end(), layers.back().begin() + 2 * third.size()));
  for (const int threads : {1, 2, 3, 20}) {
    CAPTURE(threads);
    CHECK(interpreter.run(images, threads) == layers.back());
    CHECK(interpreter.run_layers(images, threads) == layers);
  }
}

TEST_CASE("A run in the caller's memory gives the same codes, wherever that begins",
          "[interpreter]") {
  std::mt19937 random(1);
  const Interpreter interpreter(
      GENERATE(sample::lenet_like(1), sample::residual(1), sample::branches(1)));
  const size_t bytes = interpreter.workspace_bytes();
  for (const int64_t count : {0, 1, 6, 13}) {
    const Codes images = sample::codes(random, count * interpreter.program().input_shape.size());
    const Codes expected = interpreter.run(images, 1);
    for (const size_t offset : {0, 1, 63}) {
      std::vector<std::byte> memory(offset + bytes + 64, std::byte{0xA5});
      Codes found(expected.size());
      interpreter.run(images, std::span(memory).subspan(offset, bytes), found);
      CHECK(found == expected);
      CHECK(std::count(memory.end() - 64, memory.end(), std::byte{0xA5}) == 64);
    }
  }
}

TEST_CASE("A workspace that is too small and codes of another size are refused", "[interpreter]") {
  const Interpreter interpreter(sample::tiny(1));
  const size_t bytes = interpreter.workspace_bytes();
  std::vector<std::byte> memory(bytes);
  const Codes image(16);
  Codes codes(3);
  CHECK_THROWS_WITH(interpreter.run(image, memory, codes),
                    "tiny: room for 3 output codes, expected 2");
  codes.resize(2);
  CHECK_THROWS_WITH(interpreter.run(image, std::span(memory).first(bytes - 1), codes),
                    "tiny: a workspace of " + std::to_string(bytes - 1) + " bytes, expected " +
                        std::to_string(bytes));
}

TEST_CASE("No images give no codes", "[interpreter]") {
  const Interpreter interpreter(sample::lenet_like(1));
  CHECK(interpreter.run({}, 3).empty());
  CHECK(interpreter.run_layers({}, 3) == std::vector<Codes>(5));
  CHECK(interpreter.classify({}, 3).empty());
}

TEST_CASE("A part of an image is refused", "[interpreter]") {
  const Interpreter interpreter(sample::lenet_like(1));
  const char* message = "lenet: 287 bytes of images, expected a multiple of 286";
  CHECK_THROWS_WITH(interpreter.run(Codes(287), 1), message);
  CHECK_THROWS_WITH(interpreter.run_layers(Codes(287), 1), message);
  CHECK_THROWS_AS(interpreter.classify(Codes(287), 1), Error);
}

TEST_CASE("The class is the largest code, the lowest class at a tie", "[interpreter]") {
  const Interpreter interpreter(classes_with_bias({1, 5, 3, 5}));
  // Code 252 saturates classes 1, 2 and 3; code 254 saturates all four.
  CHECK(interpreter.classify(Codes{0, 252, 254}, 2) == std::vector{1, 1, 0});
}

TEST_CASE("An interpreter refuses a program that is not valid", "[interpreter]") {
  Program program = sample::lenet_like(1);
  program.ops[1].name = "conv1";
  CHECK_THROWS_AS(Interpreter(program), Error);
}
