#include "interchange/onnx/ends.h"

#include <algorithm>
#include <span>

namespace floatsd::interchange::onnx {
namespace {

constexpr const char* kRenamings[] = {"Identity", "Dropout", "Cast",      "Flatten",
                                      "Reshape",  "Squeeze", "Unsqueeze", "Transpose"};
constexpr const char* kKeepOrder[] = {"Softmax", "LogSoftmax", "Sigmoid", "ArgMax"};

bool is_one_of(std::span<const char* const> names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::set<std::string, std::less<>> ends(const Order& order, const std::string& output) {
  std::set<std::string, std::less<>> found = {output};
  for (auto node = order.nodes.rbegin(); node != order.nodes.rend(); ++node) {
    const Node& last = **node;
    const bool is_end = !last.outputs.empty() && found.contains(last.outputs.front());
    if (is_end && !last.inputs.empty() &&
        (renames_values(last.op_type) || is_one_of(kKeepOrder, last.op_type))) {
      found.insert(last.inputs.front());
    }
  }
  return found;
}

bool renames_values(const std::string& op_type) { return is_one_of(kRenamings, op_type); }

}  // namespace floatsd::interchange::onnx
