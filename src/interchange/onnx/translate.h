#pragma once
// Translate: the walk over an ONNX graph that makes floatsd's network of it.

#include <string>
#include <vector>

#include "interchange/onnx/model.h"
#include "interchange/onnx/network.h"

namespace floatsd::interchange::onnx {

/// The network's one input of the graph: its name, and the order of its axes behind the batch.
struct GraphInput {
  std::string name;
  std::vector<JoinedAxes> axes;
  int64_t batch = 1;  ///< how many images the graph says that it reads; 1 if any number
};

/// Adds the nodes that the graph's output needs to `network`, which ends with a row of outputs;
/// remarks on what was left out. Throws Error if the graph is not one that ONNX allows, and with
/// all nodes that floatsd has no form of, each with what would be needed.
std::vector<std::string> translate(const Model& model, const GraphInput& input, Network& network);

}  // namespace floatsd::interchange::onnx
