// An ONNX model. What is imported is a network whose checkpoint restores.

#include "floatsd/interchange/onnx.h"
#include "reads.h"

using namespace floatsd;

bool fuzz::reads(std::string_view bytes) {
  return accepts([&] {
    const auto network = interchange::import_onnx(bytes, "model.onnx");
    static_cast<void>(train::restore_graph(network.checkpoint));
  });
}
