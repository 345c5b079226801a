// write_sample_vectors lenet|residual DIR: the vectors of a small network and three images, for
// vectors_test.py.

#include <string>

#include "floatsd/emit/vectors.h"
#include "runtime/sample_program.h"

int main(int, char** argv) {
  const floatsd::runtime::Program program =
      std::string(argv[1]) == "lenet" ? sample::lenet_like(1) : sample::residual(1);
  std::mt19937 random(2);
  floatsd::emit::write_vectors(program, sample::codes(random, 3 * program.input_shape.size()),
                               argv[2]);
}
