// write_lenet_like OUT: the quantized checkpoint of lenet_like.h, for pytorch_state_dict_test.py.

#include "floatsd/emit/pytorch_state_dict.h"
#include "lenet_like.h"

int main(int, char** argv) { floatsd::emit::write_pytorch_state_dict(lenet_like(), argv[1]); }
