#include <string>
#include <vector>

#include "catch.h"
#include "check/content.h"
#include "check/definition.h"
#include "runtime/sample_program.h"

using namespace floatsd;
using namespace floatsd::check;

namespace {

std::vector<std::string> differing_parts(const runtime::Program& a, const runtime::Program& b) {
  const std::vector<Part> first = parts(a);
  const std::vector<Part> second = parts(b);
  REQUIRE(first.size() == second.size());
  std::vector<std::string> names;
  for (size_t i = 0; i < first.size(); ++i) {
    if (first[i].bytes != second[i].bytes) {
      names.push_back(first[i].name);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("A network's parts are its input and its operators", "[content]") {
  const runtime::Program program = sample::lenet_like(1);
  const std::vector<Part> found = parts(program);
  REQUIRE(found.size() == program.ops.size() + 1);
  CHECK(found[0].name == "input");
  CHECK(found[1].name == program.ops[0].name);
}

TEST_CASE("A changed number is in the part of its operator alone", "[content]") {
  const runtime::Program before = sample::lenet_like(1);
  runtime::Program after = before;
  auto& conv = std::get<runtime::Conv2d>(after.ops[1].body);
  conv.requantize.bias[0] += 1;
  CHECK(differing_parts(before, after) == std::vector{after.ops[1].name});
  after = before;
  std::get<runtime::Conv2d>(after.ops[0].body).stride.height += 1;
  CHECK(differing_parts(before, after) == std::vector{after.ops[0].name});
  after = before;
  after.class_names.assign(5, "x");
  CHECK(differing_parts(before, after) == std::vector<std::string>{"input"});
}

TEST_CASE("The network's name is no part of what it is", "[content]") {
  const runtime::Program before = sample::lenet_like(1);
  runtime::Program after = before;
  after.network = "other";
  CHECK(differing_parts(before, after).empty());
}

TEST_CASE("Kernels are compared with the definition in every code", "[definition]") {
  std::mt19937 random(1);
  const runtime::Interpreter integer(GENERATE(sample::lenet_like(1), sample::residual(1)));
  const auto images = sample::codes(random, 7 * integer.program().input_shape.size());
  int64_t codes = 0;
  for (const auto& shape : runtime::output_shapes(integer.program())) {
    codes += 7 * shape.size();
  }
  for (const int threads : {1, 3}) {
    const CodeCount count = compare_with_definition(integer, images, threads);
    CHECK(count.codes == codes);
    CHECK(count.mismatches == 0);
  }
}
