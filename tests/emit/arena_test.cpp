#include "emit/c/arena.h"

#include "catch.h"
#include "runtime/sample_program.h"

using namespace floatsd;
using namespace floatsd::runtime;
using emit::c::Arena;
using emit::c::plan_arena;

TEST_CASE("A layer's input, its output and its sums lie apart", "[emit_c]") {
  // [1, 4, 4] -> conv [3, 1, 1] with pooled sums -> fc [2]; the last codes are the caller's.
  const Arena arena = plan_arena(sample::tiny(1));
  CHECK(!arena.input);
  CHECK(arena.sums[0] == 0);      // 2 * 3 sums: 24 bytes
  CHECK(arena.outputs[0] == 24);  // 3 codes
  CHECK(arena.sums[1] == 0);      // 2 sums
  CHECK(!arena.outputs[1]);
  CHECK(arena.bytes == 28);
}

namespace {

size_t index_of(const Program& program, const std::string& name) {
  return std::find_if(program.ops.begin(), program.ops.end(),
                      [&](const Op& op) { return op.name == name; }) -
         program.ops.begin();
}

/// Whether the operator is written over the output of another one.
bool is_over(const Program& program, const std::string& name, const std::string& other) {
  const Arena arena = plan_arena(program);
  return arena.outputs[index_of(program, name)] == arena.outputs[index_of(program, other)];
}

}  // namespace

TEST_CASE("A sum is written over an input that nobody reads later", "[emit_c]") {
  const Program program = sample::residual(1);
  CHECK(is_over(program, "sum", "stem"));
  CHECK(is_over(program, "join", "strided"));
  CHECK(!is_over(program, "narrow", "sum"));
}

TEST_CASE("A clamp, and a flattening that moves no code, are written over their input",
          "[emit_c]") {
  Program program = sample::branches(1);
  CHECK(is_over(program, "relu", "joined"));
  CHECK(is_over(program, "flat", "mean"));
  CHECK(!is_over(program, "mean", "relu"));
  std::get<Flatten>(program.ops[index_of(program, "flat")].body).order = AxesOrder::kChannelsFirst;
  CHECK(!is_over(program, "flat", "mean"));
}

TEST_CASE("A clamp is not written over an input that somebody reads later", "[emit_c]") {
  Program program = sample::branches(1);
  Op& mean = program.ops[index_of(program, "mean")];
  mean.inputs = {static_cast<int>(index_of(program, "joined"))};
  CHECK(!is_over(program, "relu", "joined"));
}

TEST_CASE("The arena of a chain is its largest pair of neighbours with their sums", "[emit_c]") {
  std::mt19937 random(1);
  Program program{.network = "chain", .input_shape = {1, 8, 8}, .input = {.scale = 0.01F}};
  for (const int64_t channels : {4, 2, 4}) {
    const int last = static_cast<int>(program.ops.size()) - 1;
    const int64_t in = last < 0 ? 1 : output_shapes(program)[last].channels;
    sample::append(program, "conv" + std::to_string(last), {last},
                   sample::conv(random, "int4", {.in = in, .out = channels}, 0.01F));
  }
  // 256 codes and 128 codes together; 16 and 8 bytes of sums, one at a time.
  CHECK(plan_arena(program).bytes == 256 + 128 + 8);
}
