#pragma once
// An ONNX model as plain values: what onnx.proto calls ModelProto, as far as an import reads it.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "interchange/onnx/tensor.h"

namespace floatsd::interchange::onnx {

/// One of its values is there, whichever the operator asks for.
struct Attribute {
  std::string name;
  std::optional<int64_t> integer;
  std::optional<float> real;
  std::optional<std::string> text;
  std::vector<int64_t> integers;
  std::vector<float> reals;
  std::optional<Tensor> tensor;
};

struct Node {
  std::string name, op_type, domain;
  std::vector<std::string> inputs;  ///< an empty name: left out
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes;
};

/// The node's name, or its output's if it has none.
inline const std::string& label(const Node& node) {
  return node.name.empty() && !node.outputs.empty() ? node.outputs.front() : node.name;
}

/// A graph's input or output. A dimension that is no number has none.
struct ValueInfo {
  std::string name;
  ElementType type = ElementType::kUndefined;
  std::optional<std::vector<std::optional<int64_t>>> shape;  ///< nothing: not said
};

struct Model {
  std::string producer, graph_name;
  int64_t opset = 0;  ///< of ONNX's own operators
  std::vector<Node> nodes;
  std::map<std::string, Tensor, std::less<>> constants;
  std::vector<ValueInfo> inputs, outputs;
  std::map<std::string, std::string> metadata;
};

/// The model in a file's content; weights stay there. `folder` has the external data. Throws Error
/// on what is no protobuf, on a name that repeats, on a tensor whose bytes and shape differ, and on
/// external data that is not there or outside the folder.
Model parse_model(std::string_view bytes, const std::filesystem::path& folder);

}  // namespace floatsd::interchange::onnx
