// Restores any checkpoint of floatsd, whatever its network, converts it, and compares the integer
// network with it code by code.
//
//   restore CHECKPOINT MNIST_FOLDER MODEL
#include <floatsd/floatsd.h>

#include <iostream>

using namespace floatsd;

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: restore CHECKPOINT MNIST_FOLDER MODEL\n";
    return 2;
  }
  nn::Graph graph = train::restore_graph(train::load_checkpoint(argv[1]));
  const data::Dataset test = data::load_mnist(argv[2], data::Part::kTest);
  const runtime::Interpreter integer(convert::to_program(graph));
  const convert::Verification result = convert::verify(graph, integer, test, /*threads=*/2);
  runtime::save_model(integer.program(), argv[3]);
  std::cout << graph.network() << ": " << result.mismatches() << " mismatches, "
            << result.integer_correct << " of " << test.count << " right\n";
  return result.mismatches() == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "restore: " << error.what() << '\n';
  return 2;
}
