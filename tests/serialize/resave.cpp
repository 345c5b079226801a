// resave IN OUT: loads a file of tensors and saves what it holds as a torch file, for
// torch_file_test.py. A file that is refused is said so on stderr, with exit code 2.

#include <iostream>

#include "floatsd/core/error.h"
#include "serialize/tensor_file.h"
#include "serialize/torch_file.h"

int main(int, char** argv) {
  try {
    floatsd::serialize::save_torch_file(argv[2], floatsd::serialize::load_tensor_file(argv[1]));
  } catch (const floatsd::Error& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
