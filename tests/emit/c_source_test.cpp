#include "floatsd/emit/c_source.h"

#include "catch.h"
#include "compiled_c.h"
#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"
#include "floatsd/runtime/interpreter.h"
#include "runtime/sample_program.h"

using namespace floatsd;
using namespace floatsd::runtime;

namespace {

/// Noise, and an image all of 255, in which most sums are at their largest.
std::vector<uint8_t> images_for(const Program& program) {
  std::mt19937 random(5);
  std::vector<uint8_t> images = sample::codes(random, 3 * program.input_shape.size());
  images.insert(images.end(), program.input_shape.size(), 255);
  return images;
}

void check_every_code(const Program& program, const compiled_c::Machine& machine = {}) {
  const std::vector<uint8_t> images = images_for(program);
  const auto layers = Interpreter(program).run_layers(images, 1);
  CHECK(compiled_c::trace(program, images, machine) == compiled_c::expected(program, layers));
}

/// A dense, a grouped and a depthwise convolution and a linear layer of that format.
Program of_format(const std::string& format) {
  std::mt19937 random(2);
  Program program{
      .network = "of-format", .input_shape = {3, 6, 5}, .input = {.scale = 0.01F, .zero_point = 3}};
  const auto add = [&](const char* name, const sample::ConvSizes& sizes) {
    const int last = static_cast<int>(program.ops.size()) - 1;
    const float scale = last < 0 ? program.input.scale : sample::output_scale(program, last);
    sample::append(program, name, {last}, sample::conv(random, format, sizes, scale));
  };
  add("dense", {.in = 3, .out = 7, .kernel = 3, .padding = 1});
  add("depthwise", {.in = 7, .out = 7, .kernel = 2, .groups = 7});
  add("to-few", {.in = 7, .out = 2, .kernel = 1});
  add("grouped", {.in = 2, .out = 10, .kernel = 1, .groups = 2});
  const int64_t features = output_shapes(program).back().size();
  sample::append(program, "fc", {3},
                 sample::linear(random, format, features, 3, sample::output_scale(program, 3)));
  return program;
}

float next_power_of_two(float scale) { return std::exp2(std::ceil(std::log2(scale))); }

/// Rounds an operator's own scales to powers of two, those of its inputs being rounded; the numbers
/// that follow from scales follow.
struct RoundScales {
  const Program& program;
  const Op& op;

  void operator()(Conv2d& conv) const { layer(conv.weights, conv.requantize); }
  void operator()(Linear& linear) const { layer(linear.weights, linear.requantize); }

  void operator()(Add& add) const {
    const AddRequantize before = add.requantize;
    add.requantize = choose_add_requantize({in(0), in(1)}, rounded(before.output));
    add.requantize.relu = before.relu;
    add.requantize.upper = before.upper;
  }

  void operator()(GlobalAveragePool& pool) const {
    const ActivationShape shape = input_shape(program, op, output_shapes(program));
    pool.output = rounded(pool.output);
    pool.multiplier = average_multiplier(in(0), shape.height * shape.width, pool.output.scale);
  }

  void operator()(AveragePool& pool) const {
    const ActivationShape shape = input_shape(program, op, output_shapes(program));
    pool.output = rounded(pool.output);
    pool.multipliers.clear();
    for (const int64_t count : pool_counts(pool, shape).distinct()) {
      pool.multipliers.push_back(average_multiplier(in(0), count, pool.output.scale));
    }
  }

  void operator()(Concat& concat) const {
    concat.output = rounded(concat.output);
    for (size_t i = 0; i < concat.multipliers.size(); ++i) {
      concat.multipliers[i] = average_multiplier(in(i), 1, concat.output.scale);
    }
  }

  template <typename Copies>
  void operator()(Copies& /*copies*/) const {}

 private:
  [[nodiscard]] float in(size_t index) const { return input_qparams(program, op, index).scale; }

  static QParams rounded(QParams qparams) {
    return {.scale = next_power_of_two(qparams.scale), .zero_point = qparams.zero_point};
  }

  void layer(Weights& weights, Requantize& requantize) const {
    std::transform(weights.scales.begin(), weights.scales.end(), weights.scales.begin(),
                   next_power_of_two);
    const Requantize before = requantize;
    const QParams output = rounded(before.output);
    requantize = choose_requantize(std::vector<float>(before.bias.size(), 3 * output.scale), in(0),
                                   weights.scales, output);
    requantize.relu = before.relu;
    requantize.upper = before.upper;
  }
};

/// Every scale becomes the next power of two.
Program with_powers_of_two(Program program) {
  program.input.scale = next_power_of_two(program.input.scale);
  for (Op& op : program.ops) {
    std::visit(RoundScales{program, op}, op.body);
  }
  return program;
}

/// Every layer and sum of residual with a ReLU6 whose codes end halfway to 255.
Program residual_with_relu6(uint32_t seed) {
  Program program = sample::residual(seed);
  const auto end_halfway = [](auto& requantize) {
    requantize.relu = true;
    requantize.upper = (requantize.output.zero_point + kMaxCode) / 2;
  };
  for (Op& op : program.ops) {
    if (auto* conv = std::get_if<Conv2d>(&op.body)) {
      end_halfway(conv->requantize);
    } else if (auto* linear = std::get_if<Linear>(&op.body)) {
      end_halfway(linear->requantize);
    } else if (auto* add = std::get_if<Add>(&op.body)) {
      end_halfway(add->requantize);
    }
  }
  return program;
}

/// residual's operators, on shapes whose means are over 4 x 4 pixels.
Program residual_of_squares() {
  Program program = sample::residual(4);
  program.input_shape = {3, 8, 8};
  return with_powers_of_two(program);
}

/// branches, with means over 1, 2 or 4 values, flattened by channel.
Program branches_of_squares(uint32_t seed) {
  std::mt19937 random(seed);
  Program program = sample::branches(seed);
  const int mean = static_cast<int>(program.ops.size()) - 3;
  std::get<AveragePool>(program.ops[mean].body).window = {
      .size = 2, .stride = 2, .padding = 1, .dilation = 1};
  std::get<Flatten>(program.ops[mean + 1].body).order = AxesOrder::kChannelsFirst;
  const int64_t features = output_shapes(program)[mean].size();
  program.ops.back().body =
      sample::linear(random, "floatsd4", features, 5, sample::output_scale(program, mean));
  return with_powers_of_two(program);
}

/// All kinds of operators, with scales that are powers of two.
std::vector<Program> programs_of_shifts() {
  return {with_powers_of_two(sample::lenet_like(3)), with_powers_of_two(sample::tiny(1)),
          residual_of_squares(), branches_of_squares(1)};
}

/// Appends the concatenation of those operators; returns its index.
int join(Program& program, const std::vector<int>& inputs, QParams output) {
  Concat concat{.output = output};
  for (const int from : inputs) {
    const float scale = sample::output_scale(program, from);
    concat.multipliers.push_back(average_multiplier(scale, 1, output.scale));
  }
  return sample::append(program, "join", inputs, concat);
}

/// A network of one operator, and a linear layer behind it.
Program beginning_with(const Op& op) {
  std::mt19937 random(8);
  Program program{.network = "first",
                  .input_shape = {3, 5, 4},
                  .input = {.scale = 0.01F, .zero_point = 50},
                  .ops = {op}};
  const int64_t features = output_shapes(program)[0].size();
  const float scale = sample::output_scale(program, 0);
  sample::append(program, "fc", {0}, sample::linear(random, "int4", features, 4, scale));
  return program;
}

Program with_window(const sample::ConvSizes& sizes) {
  std::mt19937 random(6);
  Program program{.network = "window",
                  .input_shape = {sizes.in, 11, 9},
                  .input = {.scale = 0.01F, .zero_point = 9}};
  sample::append(program, "conv", {kNetworkInput}, sample::conv(random, "floatsd4", sizes, 0.01F));
  sample::append(program, "same", {0}, sample::conv(random, "int4", {.in = 4, .out = 4}, 0.01F));
  auto& same = std::get<Conv2d>(program.ops[1].body);
  const float scale = sample::output_scale(program, 0);
  same.requantize = choose_requantize(std::vector<float>(4), scale, same.weights.scales,
                                      {.scale = scale * 0.03F, .zero_point = 4});
  return program;
}

}  // namespace

TEST_CASE("The C has the interpreter's codes in every layer of small networks", "[emit_c]") {
  for (const uint32_t seed : {1, 2}) {
    check_every_code(sample::lenet_like(seed));
    check_every_code(sample::residual(seed));
    check_every_code(sample::branches(seed));
  }
  check_every_code(sample::tiny(1));
}

TEST_CASE("The C's codes of a ReLU6 end below 255", "[emit_c]") {
  check_every_code(residual_with_relu6(1));
  check_every_code(with_powers_of_two(residual_with_relu6(2)));
}

TEST_CASE("The C has the interpreter's codes for weights of every format", "[emit_c]") {
  for (const Codebook& codebook : codebooks()) {
    INFO(codebook.name);
    check_every_code(of_format(codebook.name));
  }
  check_every_code(of_format("mine{0/2/4/5}"));
}

TEST_CASE("The C has the interpreter's codes for windows of unequal sides", "[emit_c]") {
  check_every_code(with_window({.in = 2,
                                .out = 4,
                                .kernel = {3, 2},
                                .stride = {1, 2},
                                .padding = {2, 0, 1, 3},
                                .dilation = {2, 3}}));
  check_every_code(
      with_window({.in = 2, .out = 4, .kernel = 3, .stride = 3, .padding = 5, .pool = 2}));
}

TEST_CASE("The C joins features, some twice and some as they are", "[emit_c]") {
  std::mt19937 random(3);
  Program program = sample::tiny(3);
  const float scale = sample::output_scale(program, 0);
  const int a = sample::append(program, "a", {0}, sample::linear(random, "int4", 3, 4, scale));
  const int b = sample::append(program, "b", {0}, sample::linear(random, "int4", 3, 6, scale));
  const int joined = join(program, {1, a, b, a}, output_qparams(program, program.ops[b]));
  sample::append(program, "fc2", {joined},
                 sample::linear(random, "floatsd4", 16, 3, sample::output_scale(program, joined)));
  check_every_code(program);
}

TEST_CASE("Any operator without weights may be the first in C", "[emit_c]") {
  const Window window{.size = 3, .stride = {1, 2}, .padding = {0, 1, 2, 1}, .dilation = {2, 1}};
  const QParams output{.scale = 0.02F, .zero_point = 20};
  std::mt19937 random(9);
  const FixedPoint half = average_multiplier(0.01F, 1, 0.02F);
  AveragePool mean{.window = {.size = {3, 2},
                              .stride = 2,
                              .padding = {1, 0, 0, 0},
                              .dilation = 1,
                              .ceil_mode = true},
                   .output = output};
  for (const int64_t count : pool_counts(mean, {3, 5, 4}).distinct()) {
    mean.multipliers.push_back(average_multiplier(0.01F, count, output.scale));
  }
  REQUIRE(mean.multipliers.size() == 2);  // of 6 values; of 4 if the rest is beyond the padding
  const std::vector<Op> ops = {{"max", {kNetworkInput}, MaxPool{window}},
                               {"mean", {kNetworkInput}, mean},
                               {"clamp", {kNetworkInput}, Clamp{.lower = 50, .upper = 180}},
                               {"chw", {kNetworkInput}, Flatten{AxesOrder::kChannelsFirst}},
                               {"hwc", {kNetworkInput}, Flatten{AxesOrder::kChannelsLast}},
                               {"twice",
                                {kNetworkInput, kNetworkInput},
                                Concat{.multipliers = {half, half}, .output = output}}};
  for (const Op& op : ops) {
    INFO(op.name);
    Program program = beginning_with(op);
    if (op.name == "clamp" || op.name == "hwc") {  // written over the codes of the table
      program.input_table = sample::codes(random, int64_t{3} * 256);
    }
    check_every_code(program);
  }
}

TEST_CASE("With scales that are powers of two the C has no instruction that multiplies",
          "[emit_c]") {
  const auto count = [](const Program& program, const std::string& level) {
    return compiled_c::count_multiplications(program, "cc " + level,
                                             "objdump -d --no-show-raw-insn");
  };
  for (const Program& program : programs_of_shifts()) {
    INFO(program.network);
    check_every_code(program);
#ifdef __x86_64__
    for (const char* level : {"-Os", "-O2", "-O3"}) {
      INFO(level);
      CHECK(count(program, level) == 0);
    }
#endif
  }
#ifdef __x86_64__
  CHECK(count(sample::lenet_like(3), "-O2") > 0);
#endif
}

TEST_CASE("With scales that are powers of two machines without a multiplier call nothing that does",
          "[emit_c]") {
  const std::pair<std::string, std::string> machines[] = {
      {"riscv64-unknown-elf-gcc -march=rv32i -mabi=ilp32 -ffreestanding",
       "riscv64-unknown-elf-nm -u"},
      {"avr-gcc -mmcu=attiny85", "avr-nm -u"}};
  for (const auto& [compiler, list] : machines) {
    if (!compiled_c::is_installed(compiler.substr(0, compiler.find(' ')))) {
      WARN("skipped: " << compiler << " is not installed");
      continue;
    }
    for (const Program& program : programs_of_shifts()) {
      for (const char* level : {" -Os", " -O2"}) {
        INFO(compiler << level << " " << program.network);
        CHECK(compiled_c::count_multiplications(program, compiler + level, list) == 0);
      }
    }
    CHECK(compiled_c::count_multiplications(sample::branches(1), compiler + " -O2", list) > 0);
  }
}

TEST_CASE("The C has the interpreter's codes on a 32-bit ARM", "[emit_c]") {
  const compiled_c::Machine arm{"arm-linux-gnueabihf-gcc -static -O2", "qemu-arm"};
  if (!compiled_c::is_installed("arm-linux-gnueabihf-gcc") ||
      !compiled_c::is_installed(arm.runner)) {
    WARN("skipped: no compiler or no emulator for ARM is installed");
    return;
  }
  check_every_code(sample::branches(3), arm);
  check_every_code(branches_of_squares(3), arm);
}

TEST_CASE("A sum of power-of-two scale that grows shifts to the left, and a tiny one is 0",
          "[emit_c]") {
  Program program = with_powers_of_two(sample::tiny(1));
  auto& conv = std::get<Conv2d>(program.ops[0].body);
  auto& by = conv.requantize;
  conv.weights.scales = {1.0F, 1.0F / 1024, 0x1p-126F};
  program.input.scale = 1;
  by = choose_requantize(std::vector<float>{-3, 2, 0}, 1, conv.weights.scales,
                         {.scale = 0.25F, .zero_point = 100});
  REQUIRE(by.multipliers[0].shift < 15);
  REQUIRE(by.multipliers[2].multiplier == 0);
  auto& linear = std::get<Linear>(program.ops[1].body);
  linear.requantize = choose_requantize(std::vector<float>{1, 2}, 0.25F, linear.weights.scales,
                                        {.scale = 0.25F, .zero_point = 0});
  check_every_code(program);
}

TEST_CASE("A term of a sum that is too small to count, and a layer called bytes, compile",
          "[emit_c]") {
  std::mt19937 random(1);
  Program sum{.network = "sum", .input_shape = {1, 2, 3}, .input = {.scale = 1, .zero_point = 0}};
  sample::append(sum, "a", {kNetworkInput}, sample::linear(random, "int8", 6, 4, 1));
  Linear tiny = sample::linear(random, "int8", 6, 4, 1);
  std::fill(tiny.weights.scales.begin(), tiny.weights.scales.end(), 0x1p-30F);
  tiny.requantize = choose_requantize(std::vector<float>(4, 0.0F), 1, tiny.weights.scales,
                                      {.scale = 0x1p-23F, .zero_point = 0});
  sample::append(sum, "b", {kNetworkInput}, tiny);
  const Add add = sample::add(sum, 0, 1);
  REQUIRE(add.requantize.multipliers[1] == 0);
  sample::append(sum, "a+b", {0, 1}, add);
  check_every_code(sum);
  Program one{.network = "one", .input_shape = {1, 2, 3}, .input = {.scale = 1, .zero_point = 0}};
  sample::append(one, "bytes.fc", {kNetworkInput}, sample::linear(random, "int8", 6, 2, 1));
  check_every_code(one);
}

TEST_CASE("More outputs than C's counters reach are refused", "[emit_c]") {
  std::mt19937 random(1);
  Program program{
      .network = "wide", .input_shape = {1, 1, 1}, .input = {.scale = 1, .zero_point = 0}};
  sample::append(program, "fc", {kNetworkInput}, sample::linear(random, "int8", 1, 65536, 1));
  CHECK_THROWS_WITH(emit::c_source(program, {}),
                    "fc: 65536 outputs have no form in C, expected at most 65535");
}

TEST_CASE("Names of a network become names of C that differ, and end no comment", "[emit_c]") {
  Program program = sample::tiny(1);
  program.network = "8 nets*/\n";
  program.ops[0].name = "int";
  program.ops[1].name = "in*/t";
  check_every_code(program);
  program.ops[1].name = "in?t";
  program.ops[0].name = "in!t";
  check_every_code(program);
  CHECK(emit::c_source(program, {}).name == "n8_nets___");
}

TEST_CASE("Layers may have the names of C's words and of the C's own functions", "[emit_c]") {
  const auto rename = [](Program program, const std::vector<std::string>& names) {
    program.network = "int";
    for (size_t i = 0; i < program.ops.size(); ++i) {
      program.ops[i].name = names.at(i);
    }
    check_every_code(program);
  };
  rename(of_format("floatsd4"), {"add", "trace", "main", "int", "add_window"});
  rename(sample::residual(8), {"a.b", "a_b", "a_b_2", "code_by_multiplier", "a b", "arena",
                               "largest", "TRACE", "NULL", "read_image"});
}

TEST_CASE("The C's operations are counted", "[emit_c]") {
  std::mt19937 random(1);
  const auto operations = [&](const std::string& format, const sample::ConvSizes& sizes) {
    Program program{.network = "one",
                    .input_shape = {sizes.in, 2, 2},
                    .input = {.scale = 0.01F, .zero_point = 3}};
    sample::append(program, "conv", {kNetworkInput},
                   sample::conv(random, format, sizes, program.input.scale));
    return emit::c_source(program, {}).footprint.operations;
  };
  // 4 places, at each 2 values: 1 less zero, 7 + 7 products, 4 sums; 16 codes.
  CHECK(operations("int4", {.in = 2, .out = 4}) ==
        emit::COperations{.multiplications = 16, .shifts = 32, .additions = 4 * 2 * 19 + 32});
  // 16 of the 36 kernel positions of 4 sums lie in the image: 1 less zero, 1 shift, 1 sum; 4 codes.
  CHECK(operations("floatsd4", {.in = 1, .out = 1, .kernel = 3, .padding = 1}) ==
        emit::COperations{.multiplications = 4, .shifts = 16 + 8, .additions = 32 + 8});
}

TEST_CASE("Without images there is no test, and a part of an image is refused", "[emit_c]") {
  const Program program = sample::tiny(1);
  CHECK(emit::c_source(program, {}).test.empty());
  CHECK_THROWS_AS(emit::c_source(program, std::vector<uint8_t>(17)), Error);
}
