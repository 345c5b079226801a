#pragma once
// Graph: a model while its nodes are added, operator by operator of a program.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emit/onnx/model.h"
#include "floatsd/core/activation_shape.h"

namespace floatsd::emit::onnx {

/// What an operator of a program gave: a value's name, and whether it is [N, features] or an image
/// [N, C, H, W].
struct Value {
  std::string name;
  bool is_flat = false;
};

/// Names are PLACE/WHAT, PLACE being that of the operator to which the nodes belong, and end in _2,
/// _3 ... if the operator has several of a kind.
class Graph {
 public:
  explicit Graph(std::string name);

  /// What is added from now on belongs to the operator of that name, or of NAME_2, NAME_3 ... if
  /// another value has it, as the network's own "input" and "output" do. Throws Error if it is
  /// empty.
  void enter(const std::string& name);

  /// The name of a constant, which ends in `what`.
  std::string constant(const std::string& what, Tensor value);

  /// The name of a node's output; `op_type` may begin with a domain: "DOMAIN::TYPE".
  std::string add(const std::string& op_type, std::vector<std::string> inputs,
                  std::vector<Attribute> attributes = {});
  /// Gives the output of the last node, which nothing has read yet, the operator's own name; that
  /// name.
  std::string finish();

  /// The same values as [N, C, H, W], as [N, features].
  std::string image(const Value& value);
  std::string flat(const Value& value);

  /// Says the type and the shape of a value of one image.
  void describe(const Value& value, ElementType type, const ActivationShape& shape);
  /// The network's input, an image.
  Value set_input(ElementType type, const ActivationShape& shape);
  /// The network's output, float: made by what is added from now on and finished.
  void set_output(const Value& value, const ActivationShape& shape);

  void import_opset(const std::string& domain, int64_t version);
  /// The model's, to add to.
  std::vector<std::pair<std::string, std::string>>& metadata() { return model_.metadata; }

  [[nodiscard]] const Model& model() const { return model_; }

 private:
  std::string fresh_name(const std::string& name);

  Model model_;
  std::string place_;
  std::set<std::string> names_;  // of values and nodes
};

}  // namespace floatsd::emit::onnx
