// write_sample_vectors lenet|residual|branches DIR: the vectors of a small network and three
// images, for vectors_test.py.

#include <map>
#include <string>

#include "floatsd/emit/vectors.h"
#include "runtime/sample_program.h"

int main(int, char** argv) {
  const std::map<std::string, floatsd::runtime::Program> programs = {
      {"lenet", sample::lenet_like(1)},
      {"residual", sample::residual(1)},
      {"branches", sample::branches(1)}};
  const floatsd::runtime::Program& program = programs.at(argv[1]);
  std::mt19937 random(2);
  floatsd::emit::write_vectors(program, sample::codes(random, 3 * program.input_shape.size()),
                               argv[2]);
}
