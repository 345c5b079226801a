// Runs an integer network on the MNIST test images, without LibTorch.
//
//   run_integer MODEL MNIST_FOLDER
//
//   9909 of 10000 right
#include <floatsd/data/mnist.h>
#include <floatsd/runtime/interpreter.h>
#include <floatsd/runtime/model_file.h>

#include <exception>
#include <iostream>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: run_integer MODEL MNIST_FOLDER\n";
    return 2;
  }
  try {
    const floatsd::runtime::Interpreter network(floatsd::runtime::load_model(argv[1]));
    const auto test = floatsd::data::load_mnist(argv[2], floatsd::data::Part::kTest);
    const std::vector<int> classes = network.classify(test.images, /*threads=*/2);
    int right = 0;
    for (size_t i = 0; i < classes.size(); ++i) {
      right += classes[i] == test.labels[i] ? 1 : 0;
    }
    std::cout << right << " of " << classes.size() << " right\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "run_integer: " << error.what() << '\n';
    return 2;
  }
}
