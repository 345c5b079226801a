#pragma once
// Architecture: a network without its weights, as a value. It is written in C++, made by the zoo or
// read from JSON (nn/architecture_json.h), checked while it is written, and travels with the
// weights in every checkpoint. A Graph is made from it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/core/activation_shape.h"
#include "floatsd/nn/activation.h"
#include "floatsd/nn/input_spec.h"
#include "floatsd/nn/operators.h"

namespace floatsd::nn {

/// Input of a node: the index of an earlier one, or the network's input.
inline constexpr int kGraphInput = -1;

/// A small residual network:
///
///     nn::Architecture net("small", {.channels = 1, .height = 28, .width = 28});
///     const nn::op::Conv2d same = {.out_channels = 16, .kernel = 3, .padding = 1};
///     const int stem = net.add_convolution("stem", same, nn::Activation::kRelu);
///     net.add_convolution("body", same, nn::Activation::kNone);
///     net.add("sum", nn::op::Add{}, {net.last(), stem});
///     net.add("relu", nn::op::Relu{});
///     net.add("pool", nn::op::GlobalAveragePool{});
///     net.add("classifier", nn::op::Linear{.out_features = 10});
class Architecture {
 public:
  struct Node {
    std::string name;
    Operator op;
    std::vector<int> inputs;
    ActivationShape shape;  ///< of one image's output
    bool is_flat = false;   ///< whether that are features, and not an image of 1x1
  };

  /// Throws Error if the input's shape or normalization is not one that a network may have.
  Architecture(std::string name, InputSpec input);

  /// Appends a node that reads the one before it (the first one reads the input); its index.
  /// Throws Error with the node's name if the name is empty, taken, or has a character that could
  /// not stand in a tensor's name; if an attribute is out of range; or if the shapes do not fit.
  int add(std::string name, Operator op);
  /// Appends a node that reads those nodes; its index. Throws as above, and if one of them is not
  /// there.
  int add(std::string name, Operator op, std::vector<int> inputs);

  /// Appends NAME (the convolution, without a bias), NAME.norm and, with an activation,
  /// NAME.activation, which fuse makes one; the index of the last.
  int add_convolution(const std::string& name, op::Conv2d conv, Activation activation);
  int add_convolution(const std::string& name, op::Conv2d conv, Activation activation, int input);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const InputSpec& input() const { return input_; }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  /// The index of the node of that name; nothing if there is none.
  [[nodiscard]] std::optional<int> find(const std::string& name) const;

  /// The index of the last node; kGraphInput before the first one.
  [[nodiscard]] int last() const { return static_cast<int>(nodes_.size()) - 1; }
  /// What that node gives, or the input's shape.
  [[nodiscard]] const ActivationShape& shape(int node) const;

  /// The network's outputs: one for each class. Throws Error if there is no node yet, or the last
  /// one's output is an image.
  [[nodiscard]] int64_t classes() const;

  /// How bytes become reals, one number for each channel (InputSpec). Throws Error on another
  /// number of them, or one that is out of range.
  void set_normalization(std::vector<float> mean, std::vector<float> deviation);

  /// The names of the classes; empty if they have none.
  std::vector<std::string> class_names;

 private:
  /// A node without a name.
  [[nodiscard]] Node infer(const Operator& op, const std::vector<int>& inputs) const;

  std::string name_;
  InputSpec input_;
  ActivationShape input_shape_;
  std::vector<Node> nodes_;
  std::map<std::string, int> places_;  // of the nodes, by name
};

}  // namespace floatsd::nn
