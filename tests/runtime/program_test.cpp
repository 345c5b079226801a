#include "floatsd/runtime/program.h"

#include <cmath>
#include <functional>

#include "catch.h"
#include "floatsd/core/error.h"
#include "sample_program.h"

using namespace floatsd::runtime;
using Catch::Matchers::Contains;

namespace {

Conv2d& first_conv(Program& program) { return std::get<Conv2d>(program.ops[0].body); }

}  // namespace

TEST_CASE("Shapes follow kernel, stride, padding and pooling", "[program]") {
  const SampleProgram sample = small_sample();
  const auto shapes = output_shapes(sample.get());
  CHECK(shapes[0] == ActivationShape{5, 4, 4});  // 9 x 8, pooled by two
  CHECK(shapes[1] == ActivationShape{3, 3, 3});
  CHECK(shapes[2] == ActivationShape{4, 1, 1});
}

TEST_CASE("The accumulator bound is the worst channel with the worst input", "[program]") {
  SampleProgram sample({1, 1, 2}, {0.5F, 55}, 1);
  sample.linear(2);
  Program program = sample.get();
  auto& linear = std::get<Linear>(program.ops[0].body);
  linear.weights.levels = {3, -4, 1, 1};
  linear.requantize.bias = {-10, 1000};
  CHECK(accumulator_bounds(program) == std::vector<int64_t>{7 * 200 + 10});
  linear.weights.levels = {3, -4, 2, 1};
  CHECK(accumulator_bounds(program) == std::vector<int64_t>{3 * 200 + 1000});
}

TEST_CASE("A program that would not run exactly is refused with operator and value", "[program]") {
  struct Case {
    const char* message;
    std::function<void(Program&)> spoil;
  };
  const std::vector<Case> cases = {
      {"program: it has no operators", [](Program& p) { p.ops.clear(); }},
      {"op0: two operators have this name", [](Program& p) { p.ops[1].name = "op0"; }},
      {"op1: its input 1 is no operator before it", [](Program& p) { p.ops[1].inputs = {1}; }},
      {"op0: expected one input", [](Program& p) { p.ops[0].inputs = {}; }},
      {"does not fit 2 input channels", [](Program& p) { first_conv(p).groups = 2; }},
      {"op0: stride, pool and groups", [](Program& p) { first_conv(p).stride = 0; }},
      {"too small for its kernel", [](Program& p) { first_conv(p).pool = 20; }},
      {"op2: weight shape", [](Program& p) { first_conv(p).stride = 2; first_conv(p).pool = 1;
                                             first_conv(p).padding = 2; }},
      {"op0: scale -1.0", [](Program& p) { first_conv(p).requantize.output.scale = -1; }},
      {"input: zero point 256, expected 0 to 255", [](Program& p) { p.input.zero_point = 256; }},
      {"op0: weight scale nan", [](Program& p) { first_conv(p).weights.scales[1] = NAN; }},
      {"op0: 4 weight scales, expected 5",
       [](Program& p) { first_conv(p).weights.scales.pop_back(); }},
      {"op0: 89 weights, expected 90", [](Program& p) { first_conv(p).weights.levels.pop_back(); }},
      {"op0: weight 7 is 3, which is no level of floatsd4",
       [](Program& p) { first_conv(p).weights.levels[7] = 3; }},
      {"op0: multiplier of channel 2 is 40000 * 2^-3",
       [](Program& p) { first_conv(p).requantize.multipliers[2] = {40000, 3}; }},
      {"op0: 4 biases and 5 multipliers, expected 5 of each",
       [](Program& p) { first_conv(p).requantize.bias.pop_back(); }},
      {"op0: its accumulator can reach",
       [](Program& p) { first_conv(p).requantize.bias[0] = INT32_MAX; }},
      {"format 'floatsd3' is unknown", [](Program& p) { first_conv(p).weights.format = "floatsd3"; }},
  };
  for (const Case& c : cases) {
    INFO(c.message);
    Program program = small_sample().get();
    CHECK_NOTHROW(validate(program));
    c.spoil(program);
    CHECK_THROWS_WITH(validate(program), Contains(c.message));
  }
}

TEST_CASE("A weight or multiplier that breaks its format is told apart from a bad file",
          "[program]") {
  Program program = small_sample().get();
  first_conv(program).weights.levels[0] = 3;
  CHECK_THROWS_AS(validate(program), floatsd::FormatViolation);
}
