#include "floatsd/runtime/program.h"

#include <cmath>
#include <functional>
#include <limits>

#include "catch.h"
#include "floatsd/core/error.h"
#include "sample_program.h"

using namespace floatsd;
using namespace floatsd::runtime;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Conv2d& conv(Program& program, int i) { return std::get<Conv2d>(program.ops.at(i).body); }
Linear& linear(Program& program, int i) { return std::get<Linear>(program.ops.at(i).body); }

using Change = std::function<void(Program&)>;

Program changed(const Change& change, Program program = sample::lenet_like(1)) {
  change(program);
  return program;
}

/// The message with which validate refuses the sample program after that change.
std::string refusal(const Change& change, const Program& program = sample::lenet_like(1)) {
  try {
    validate(changed(change, program));
  } catch (const FormatViolation& error) {
    return std::string("FormatViolation: ") + error.what();
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

/// The same for the residual sample, whose ops are stem, expand, depthwise, project, sum, narrow,
/// strided, join, pool, fc.
std::string residual_refusal(const Change& change) { return refusal(change, sample::residual(1)); }

template <typename Body>
Body& body(Program& program, int i) {
  return std::get<Body>(program.ops.at(i).body);
}

}  // namespace

TEST_CASE("Output shapes follow from stride, padding, kernel and pool", "[program]") {
  // 13 x 11, padding 1, kernel 3 -> 13 x 11, pool 2 -> 6 x 5; padding 2, kernel 3, stride 2 -> 4 x
  // 4; kernel 1, pool 2 -> 2 x 2.
  CHECK(output_shapes(sample::lenet_like(1)) ==
        std::vector<ActivationShape>{{6, 6, 5}, {4, 4, 4}, {6, 2, 2}, {9, 1, 1}, {5, 1, 1}});
}

TEST_CASE("An accumulator's bound is its worst channel's", "[program]") {
  Weights w{.format = "int8", .shape = {2, 3}, .levels = {1, -2, 3, 4, 0, 1}, .scales = {1.0F}};
  Requantize r = choose_requantize(std::vector{0.0F, 0.0F}, 1.0F, w.scales, {1.0F, 0});
  r.bias = {-1000, 300};
  Program program{.network = "one", .input_shape = {3, 1, 1}, .input = {1.0F, 0}};
  program.ops = {{"fc", {kNetworkInput}, Linear{.weights = w, .requantize = r}}};
  CHECK(accumulator_bounds(program) == std::vector<int64_t>{6 * 255 + 1000});
  program.input.zero_point = 100;
  CHECK(accumulator_bounds(program) == std::vector<int64_t>{6 * 155 + 1000});
  program.input.zero_point = 200;
  CHECK(accumulator_bounds(program) == std::vector<int64_t>{6 * 200 + 1000});
  linear(program, 0).requantize.bias = {0, 500};
  CHECK(accumulator_bounds(program) == std::vector<int64_t>{5 * 200 + 500});
}

TEST_CASE("A valid program is accepted", "[program]") {
  CHECK(refusal([](Program&) {}) == "none");
}

TEST_CASE("A program without operators is refused", "[program]") {
  CHECK(refusal([](Program& p) { p.ops.clear(); }) == "program: it has no operators");
}

TEST_CASE("Two operators of one name are refused", "[program]") {
  CHECK(refusal([](Program& p) { p.ops[2].name = "conv1"; }) ==
        "conv1: two operators have this name");
}

TEST_CASE("An operator reads one operator before it", "[program]") {
  CHECK(refusal([](Program& p) { p.ops[1].inputs = {}; }) == "conv2: 0 inputs, expected 1");
  CHECK(refusal([](Program& p) { p.ops[1].inputs = {0, 0}; }) == "conv2: 2 inputs, expected 1");
  CHECK(refusal([](Program& p) { p.ops[1].inputs = {1}; }) ==
        "conv2: its input 1 is no operator before it");
  CHECK(refusal([](Program& p) { p.ops[1].inputs = {-2}; }) ==
        "conv2: its input -2 is no operator before it");
}

TEST_CASE("Shapes that do not fit are refused", "[program]") {
  CHECK(refusal([](Program& p) { p.input_shape.height = 0; }) ==
        "input: an image of shape [2, 0, 11], expected sizes from 1 to 32768");
  CHECK(refusal([](Program& p) { p.input_shape.channels = 3; }) ==
        "conv1: weight shape [6, 2, 3, 3] with 1 groups does not fit 3 input channels");
  CHECK(refusal([](Program& p) { conv(p, 2).groups = 4; }) ==
        "conv3: weight shape [6, 2, 1, 1] with 4 groups does not fit 4 input channels");
  CHECK(refusal([](Program& p) { conv(p, 2).pool = 5; }) ==
        "conv3: an input of 4 x 4, padding included, is too small for a window of 5 x 5");
  CHECK(refusal([](Program& p) { p.input_shape.width = 1, conv(p, 0).padding = 0; }) ==
        "conv1: an input of 13 x 1, padding included, is too small for a window of 3 x 3");
  CHECK(refusal([](Program& p) { conv(p, 0).weights.shape = {6, 2, 9}; }) ==
        "conv1: weight shape [6, 2, 9], expected [O, I / groups, Kh, Kw]");
  CHECK(refusal([](Program& p) { conv(p, 0).weights.shape = {6, 2, -3, -3}; }) ==
        "conv1: weight shape [6, 2, -3, -3], expected [O, I / groups, Kh, Kw]");
  CHECK(refusal([](Program& p) { linear(p, 3).weights.shape = {9, 6, 2, 2}; }) ==
        "fc1: weight shape [9, 6, 2, 2], expected [O, I]");
  CHECK(refusal([](Program& p) { linear(p, 3).weights.shape = {12, 18}; }) ==
        "fc1: weight shape [12, 18] does not fit 24 inputs");
  CHECK(refusal([](Program& p) { linear(p, 3).weights.levels.pop_back(); }) ==
        "fc1: 215 weights, expected 216");
}

TEST_CASE("A stride, group, pool or padding without meaning is refused", "[program]") {
  const auto change = GENERATE(values<Change>({[](Program& p) { conv(p, 1).stride = 0; },
                                               [](Program& p) { conv(p, 1).pool = -1; },
                                               [](Program& p) { conv(p, 1).padding = -1; },
                                               [](Program& p) { conv(p, 1).padding = 1 << 30; }}));
  CHECK_THAT(refusal(change),
             Catch::StartsWith("conv2: a window of ") || Catch::StartsWith("conv2: a padding of "));
  CHECK_THAT(refusal([](Program& p) { conv(p, 1).groups = 0; }),
             Catch::StartsWith("conv2: weight shape [4, 6, 3, 3] with 0 groups does not fit"));
}

TEST_CASE("A scale that is no positive number is refused", "[program]") {
  const float scale = GENERATE(0.0F, -1.0F, kNan, kInfinity);
  const std::string expected = "scale " + std::to_string(scale) + ", expected a positive number";
  CHECK(refusal([&](Program& p) { p.input.scale = scale; }) == "input: " + expected);
  CHECK(refusal([&](Program& p) { conv(p, 1).requantize.output.scale = scale; }) ==
        "conv2: " + expected);
  CHECK(refusal([&](Program& p) { conv(p, 1).weights.scales[3] = scale; }) ==
        "conv2: weight " + expected);
}

TEST_CASE("A zero point is a code", "[program]") {
  const int32_t zero_point = GENERATE(-1, 256);
  const std::string expected = "zero point " + std::to_string(zero_point) + ", expected 0 to 255";
  CHECK(refusal([&](Program& p) { p.input.zero_point = zero_point; }) == "input: " + expected);
  CHECK(refusal([&](Program& p) { linear(p, 4).requantize.output.zero_point = zero_point; }) ==
        "fc2: " + expected);
}

TEST_CASE("There is a scale for the tensor or for each channel", "[program]") {
  CHECK(refusal([](Program& p) { conv(p, 0).weights.scales.pop_back(); }) ==
        "conv1: 5 weight scales, expected 6");
  CHECK(refusal([](Program& p) { linear(p, 3).weights.scales.push_back(1.0F); }) ==
        "fc1: 2 weight scales, expected 1");
}

TEST_CASE("There is a bias and a multiplier for each channel", "[program]") {
  CHECK(refusal([](Program& p) { conv(p, 0).requantize.bias.pop_back(); }) ==
        "conv1: 5 biases and 6 multipliers, expected 6 of each");
  CHECK(refusal([](Program& p) { conv(p, 0).requantize.multipliers.push_back({}); }) ==
        "conv1: 6 biases and 7 multipliers, expected 6 of each");
}

TEST_CASE("A weight that is no level of its format is a violation", "[program]") {
  CHECK(refusal([](Program& p) { conv(p, 1).weights.levels[7] = 3; }) ==
        "FormatViolation: conv2: weight 7 is 3, which is no level of floatsd4");
  CHECK(refusal([](Program& p) { conv(p, 0).weights.levels[9] = -128; }) ==
        "FormatViolation: conv1: weight 9 is -128, which is no level of int8");
}

TEST_CASE("An unknown format is refused with its operator", "[program]") {
  CHECK_THAT(refusal([](Program& p) { conv(p, 1).weights.format = "floatsd5"; }),
             Catch::StartsWith("conv2: format 'floatsd5' is unknown"));
}

TEST_CASE("A multiplier that does not follow from the scales is a violation", "[program]") {
  const Program program = sample::lenet_like(1);
  const FixedPoint m = requantization(program.ops[1])->multipliers[2];
  CHECK(refusal([](Program& p) { ++conv(p, 1).requantize.multipliers[2].multiplier; }) ==
        "FormatViolation: conv2: multiplier of channel 2 is " + std::to_string(m.multiplier + 1) +
            " * 2^-" + std::to_string(m.shift) + ", expected " + std::to_string(m.multiplier) +
            " * 2^-" + std::to_string(m.shift) + " from its scales");
  CHECK_THROWS_AS(
      validate(changed([](Program& p) { --conv(p, 1).requantize.multipliers[2].shift; })),
      FormatViolation);
}

TEST_CASE("Scales that give no multiplier are refused with their operator", "[program]") {
  CHECK_THAT(refusal([](Program& p) { conv(p, 1).requantize.output.scale = 1e-30F; }),
             Catch::StartsWith("conv2: "));
}

TEST_CASE("An accumulator that can leave 32 bits is refused", "[program]") {
  Weights w{.format = "int8", .shape = {1, 1}, .levels = {1}, .scales = {1.0F}};
  Requantize r = choose_requantize(std::vector{0.0F}, 1.0F, w.scales, {1.0F, 0});
  Program program{.network = "one", .input_shape = {1, 1, 1}};
  program.ops = {{"fc", {kNetworkInput}, Linear{.weights = w, .requantize = r}}};
  auto& bias = linear(program, 0).requantize.bias[0];
  bias = std::numeric_limits<int32_t>::max() - 255;
  CHECK_NOTHROW(validate(program));
  bias += 1;
  CHECK_THROWS_WITH(validate(program),
                    "fc: its accumulator can reach 2147483648, expected less than 2^31");
  bias = std::numeric_limits<int32_t>::min();
  CHECK_THROWS_WITH(validate(program),
                    "fc: its accumulator can reach 2147483903, expected less than 2^31");
}

TEST_CASE("Sums keep their inputs' shape, means have one pixel, downsampling rounds up",
          "[program]") {
  CHECK(output_shapes(sample::residual(1)) == std::vector<ActivationShape>{{6, 9, 7},
                                                                           {18, 9, 7},
                                                                           {18, 9, 7},
                                                                           {6, 9, 7},
                                                                           {6, 9, 7},
                                                                           {9, 5, 4},
                                                                           {9, 5, 4},
                                                                           {9, 5, 4},
                                                                           {9, 1, 1},
                                                                           {5, 1, 1}});
}

TEST_CASE("A residual program is accepted", "[program]") {
  CHECK(residual_refusal([](Program&) {}) == "none");
}

TEST_CASE("Only operators with weights have weights and biases", "[program]") {
  const Program program = sample::residual(1);
  CHECK(weights(program.ops[0]) == &std::get<Conv2d>(program.ops[0].body).weights);
  CHECK(weights(program.ops[9]) == &std::get<Linear>(program.ops[9].body).weights);
  CHECK(requantization(program.ops[0]) == &std::get<Conv2d>(program.ops[0].body).requantize);
  CHECK(requantization(program.ops[9]) == &std::get<Linear>(program.ops[9].body).requantize);
  for (const int i : {4, 5, 8}) {  // sum, downsampling, mean
    CHECK(weights(program.ops[i]) == nullptr);
    CHECK(requantization(program.ops[i]) == nullptr);
  }
}

TEST_CASE("Downsampling passes on the qparams of its input", "[program]") {
  Program program = sample::residual(1);
  CHECK(output_qparams(program, program.ops[5]) == output_qparams(program, program.ops[4]));
  CHECK(input_qparams(program, program.ops[7], 0) == output_qparams(program, program.ops[6]));
  CHECK(input_qparams(program, program.ops[7], 1) == output_qparams(program, program.ops[4]));
  program.ops = {{"copy", {kNetworkInput}, Downsample{}}};
  CHECK(output_qparams(program, program.ops[0]) == program.input);
}

TEST_CASE("A sum's bound counts both inputs, a mean's its pixels, a copy has none", "[program]") {
  Program program{.network = "bounds", .input_shape = {1, 3, 4}, .input = {1.0F, 55}};
  program.ops = {
      {"copy", {kNetworkInput}, Downsample{}},
      {"sum", {kNetworkInput, 0}, Add{choose_add_requantize({1.0F, 1.0F}, {2.0F, 100})}},
      {"pool",
       {1},
       GlobalAveragePool{.multiplier = average_multiplier(2.0F, 12, 2.0F), .output = {2.0F, 0}}}};
  CHECK(accumulator_bounds(program) ==
        std::vector<int64_t>{0, (int64_t{200} << 15) + (int64_t{200} << 15), 12 * 155});
}

TEST_CASE("A sum reads two operators before it, all others read one", "[program]") {
  CHECK(residual_refusal([](Program& p) { p.ops[4].inputs = {0}; }) == "sum: 1 inputs, expected 2");
  CHECK(residual_refusal([](Program& p) { p.ops[4].inputs = {0, 4}; }) ==
        "sum: its input 4 is no operator before it");
  CHECK(residual_refusal([](Program& p) { p.ops[8].inputs = {7, 7}; }) ==
        "pool: 2 inputs, expected 1");
  CHECK(residual_refusal([](Program& p) { p.ops[5].inputs = {}; }) ==
        "narrow: 0 inputs, expected 1");
}

TEST_CASE("A sum of two shapes is refused", "[program]") {
  CHECK(residual_refusal([](Program& p) { p.ops[4].inputs = {0, 2}; }) ==
        "sum: inputs of shapes [6, 9, 7] and [18, 9, 7], expected one shape");
}

TEST_CASE("A downsampling without meaning is refused", "[program]") {
  CHECK(
      residual_refusal([](Program& p) { body<Downsample>(p, 5).stride = 0; }) ==
      "narrow: a window of 1 x 1 with stride 0 x 0 and dilation 1 x 1, expected numbers from 1 to "
      "32768");
  CHECK(residual_refusal([](Program& p) { body<Downsample>(p, 5).channels_before = -1; }) ==
        "narrow: -1 channels before and 2 after its input's 6: none may be negative, all together "
        "at most 32768");
  CHECK(residual_refusal([](Program& p) { body<Downsample>(p, 5).channels_after = 1 << 30; }) ==
        "narrow: 1 channels before and 1073741824 after its input's 6: none may be negative, all "
        "together at most 32768");
}

TEST_CASE("A sum's multiplier or shift that does not follow from its scales is a violation",
          "[program]") {
  Program program = sample::residual(1);
  const AddRequantize sum = body<Add>(program, 4).requantize;
  const std::string shift = " * 2^-" + std::to_string(sum.shift);
  CHECK(residual_refusal([](Program& p) { ++body<Add>(p, 4).requantize.multipliers[1]; }) ==
        "FormatViolation: sum: multiplier of input 1 is " + std::to_string(sum.multipliers[1] + 1) +
            shift + ", expected " + std::to_string(sum.multipliers[1]) + shift +
            " from its scales");
  CHECK_THAT(residual_refusal([](Program& p) { ++body<Add>(p, 4).requantize.shift; }),
             Catch::StartsWith("FormatViolation: sum: multiplier of input 0 is "));
}

TEST_CASE("A mean's multiplier that does not follow from its scales is a violation", "[program]") {
  CHECK_THAT(residual_refusal([](Program& p) { ++body<GlobalAveragePool>(p, 8).multiplier.shift; }),
             Catch::StartsWith("FormatViolation: pool: its multiplier is "));
}

TEST_CASE("A sum's or a mean's scale and zero point are checked", "[program]") {
  CHECK(residual_refusal([](Program& p) { body<Add>(p, 4).requantize.output.scale = kNan; }) ==
        "sum: scale nan, expected a positive number");
  CHECK(residual_refusal([](Program& p) { body<Add>(p, 4).requantize.output.zero_point = 256; }) ==
        "sum: zero point 256, expected 0 to 255");
  CHECK(residual_refusal([](Program& p) { body<GlobalAveragePool>(p, 8).output.scale = 0; }) ==
        "pool: scale 0.000000, expected a positive number");
  CHECK_THAT(residual_refusal([](Program& p) { body<Add>(p, 4).requantize.output.scale = 1e-30F; }),
             Catch::StartsWith("sum: "));
}

TEST_CASE("An input table of another size is refused", "[program]") {
  CHECK(residual_refusal([](Program& p) { p.input_table.pop_back(); }) ==
        "input: a table of 767 codes, expected 768");
  CHECK(residual_refusal([](Program& p) { p.input_table.clear(); }) == "none");
}

TEST_CASE("A normalization is finite, and a deviation positive", "[program]") {
  const auto with = [](float mean, float deviation) {
    return residual_refusal([&](Program& p) {
      p.normalization = {.mean = {0, mean, 0}, .deviation = {1, deviation, 1}};
    });
  };
  CHECK(with(-3, 0.25F) == "none");
  for (const auto& [mean, deviation] : std::vector<std::pair<float, float>>{
           {kNan, 1.0F}, {kInfinity, 1.0F}, {0.0F, 0.0F}, {0.0F, -1.0F}, {0.0F, kInfinity}}) {
    CAPTURE(mean, deviation);
    CHECK_THAT(with(mean, deviation), Catch::StartsWith("input: mean "));
  }
}

TEST_CASE("An activation that no machine should hold is refused before room is made", "[program]") {
  Program program{.network = "large", .input_shape = {1, 1 << 15, 1 << 15}, .input = {1.0F, 0}};
  program.ops = {{"copy", {kNetworkInput}, Downsample{}}};
  CHECK_THROWS_WITH(validate(program),
                    "input: an image of shape [1, 32768, 32768] has 1073741824 values, expected at "
                    "most 8388608");
  program.input_shape = {1, 2, 2};
  program.ops = {{"wide", {kNetworkInput}, Downsample{.channels_after = 32767}}};
  CHECK_NOTHROW(validate(program));
  program.input_shape = {1, 2048, 4096};
  CHECK_THROWS_WITH(validate(program),
                    Catch::StartsWith("wide: an output of shape [32768, 2048, 4096] has"));
  program.ops.clear();
  for (int i = 0; i < 16; ++i) {
    program.ops.push_back({"copy" + std::to_string(i), {i - 1}, Downsample{}});
  }
  CHECK_THROWS_WITH(validate(program),
                    "copy15: all outputs up to it have 142606336 values, expected "
                    "at most 134217728");
}

TEST_CASE("A convolution's padding and its output before pooling are bounded", "[program]") {
  CHECK(refusal([](Program& p) { body<Conv2d>(p, 0).padding = 1 << 15; }) ==
        "conv1: an input inside its padding of shape [2, 65549, 65547], expected sizes "
        "from 1 to 32768");
  CHECK(refusal([](Program& p) { body<Conv2d>(p, 0).padding = (1 << 15) + 1; }) ==
        "conv1: a padding of 32769, expected 0 to 32768");
  CHECK_THAT(refusal([](Program& p) {
               p.input_shape = {2, 1536, 1536};
               body<Conv2d>(p, 0).pool = 1 << 10;
             }),
             Catch::StartsWith("conv1: an output of shape [6, 1536, 1536] has "));
}

TEST_CASE("A concatenation needs two inputs of as many rows, and a multiplier for each",
          "[program]") {
  const auto refuse = [](const Change& change) { return refusal(change, sample::branches(1)); };
  CHECK(refuse([](Program&) {}) == "none");
  CHECK(refuse([](Program& p) { p.ops[2].inputs = {0}; }) ==
        "joined: 1 inputs, expected 2 to 4096");
  CHECK(refuse([](Program& p) { body<Concat>(p, 2).multipliers.pop_back(); }) ==
        "joined: 1 multipliers, expected 2, one for each input");
  CHECK(refuse([](Program& p) { body<MaxPool>(p, 1).window.stride = 2; }) ==
        "joined: inputs of shapes [4, 11, 9] and [2, 6, 5], expected as many rows and columns");
  CHECK(refuse([](Program& p) { body<AveragePool>(p, 4).window.padding = 3; }) ==
        "mean: a window of 3 x 2 would hold nothing but padding");
  CHECK(refuse([](Program& p) { body<AveragePool>(p, 4).window.dilation = {1, 2}; }) ==
        "mean: an average of values that lie apart, expected no dilation");
  CHECK(refuse([](Program& p) {
          body<AveragePool>(p, 4).multipliers.pop_back();
        }).ends_with(", one for each number of values in a window"));
}
