#include "runtime/buffers.h"

#include <string>
#include <vector>

#include "catch.h"
#include "sample_program.h"

using namespace floatsd::runtime;

namespace {

/// Operators that only say what they read.
Program reading(const std::vector<std::vector<int>>& inputs) {
  Program program;
  for (const std::vector<int>& from : inputs) {
    program.ops.push_back({"op" + std::to_string(program.ops.size()), from, Downsample{}});
  }
  return program;
}

using Buffers = std::vector<size_t>;

}  // namespace

TEST_CASE("A chain of operators takes turns in two buffers", "[buffers]") {
  CHECK(shared_buffers(reading({{-1}, {0}, {1}, {2}, {3}})) == Buffers{0, 1, 0, 1, 0});
}

TEST_CASE("A shortcut's output stands until the sum has read it", "[buffers]") {
  CHECK(shared_buffers(reading({{-1}, {0}, {1}, {0, 2}, {3}})) == Buffers{0, 1, 2, 1, 2});
}

TEST_CASE("An output that is read twice by one operator is given back once", "[buffers]") {
  CHECK(shared_buffers(reading({{-1}, {0, 0}, {1}, {2}})) == Buffers{0, 1, 0, 1});
}

TEST_CASE("An output that nobody reads is given back at once", "[buffers]") {
  CHECK(shared_buffers(reading({{-1}, {-1}, {-1}})) == Buffers{0, 0, 0});
}

TEST_CASE("No operator writes where a later one still reads", "[buffers]") {
  const Program program = sample::residual(1);
  const Buffers buffer_of = shared_buffers(program);
  for (size_t reader = 0; reader < program.ops.size(); ++reader) {
    for (const int from : program.ops[reader].inputs) {
      for (size_t writer = static_cast<size_t>(from + 1); writer <= reader && from >= 0; ++writer) {
        CAPTURE(reader, from, writer);
        CHECK(buffer_of[writer] != buffer_of[static_cast<size_t>(from)]);
      }
    }
  }
}

TEST_CASE("A buffer is as large as the largest output that it holds", "[buffers]") {
  const BufferPlaces places = place_buffers({0, 1, 0, 1}, {10, 30, 20, 5});
  CHECK(places.begins == Buffers{0, 20, 0, 20});
  CHECK(places.bytes == 50);
}

TEST_CASE("Where all layers are shown each has a buffer", "[buffers]") {
  CHECK(own_buffers(reading({{-1}, {0}, {1}})) == Buffers{0, 1, 2});
}
