#pragma once
// Order: the nodes of a graph that its output needs, each behind what it reads.

#include <map>
#include <string>
#include <vector>

#include "interchange/onnx/model.h"

namespace floatsd::interchange::onnx {

struct Order {
  std::vector<const Node*> nodes;                   ///< in the file's order as far as that holds
  std::map<std::string, int, std::less<>> readers;  ///< how often those nodes read each value
};

/// Throws Error if two values have one name, a node reads what nothing makes, or the graph has a
/// cycle. `model` must outlive the order.
Order order_nodes(const Model& model, const std::string& output);

}  // namespace floatsd::interchange::onnx
