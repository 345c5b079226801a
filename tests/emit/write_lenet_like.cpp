// write_lenet_like OUT [FORMAT]: the quantized checkpoint of lenet_like.h, for
// pytorch_state_dict_test.py.

#include "floatsd/emit/pytorch_state_dict.h"
#include "lenet_like.h"

int main(int count, char** arguments) {
  const auto program = count > 2 ? lenet_like(arguments[2]) : lenet_like();
  floatsd::emit::write_pytorch_state_dict(program, arguments[1]);
}
