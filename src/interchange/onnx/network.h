#pragma once
// Network: floatsd's architecture and its weights while the nodes of an ONNX graph are translated.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "floatsd/nn/architecture.h"
#include "interchange/onnx/activation.h"
#include "interchange/onnx/tensor.h"

namespace floatsd::interchange::onnx {

/// A parameter of a node: a tensor of the file, or its transpose.
struct Parameter {
  Tensor tensor;
  bool is_transposed = false;  ///< of two axes
};

/// By their names in a network's state, without the node's: "weight", "running_mean".
using Parameters = std::map<std::string, Parameter>;

/// a * x + b of each channel.
struct ChannelMap {
  std::vector<double> factors, offsets;
};

class Network {
 public:
  Network(std::string name, nn::InputSpec input);

  struct Node {
    std::string name;
    nn::Operator op;
    std::vector<int> inputs;
    Parameters parameters;
    bool is_never_negative = false;  ///< none of its outputs is below 0
  };

  /// Adds a node that reads those; its index. The name is made one that a node may have and that is
  /// not taken. Throws Unsupported if the architecture refuses it.
  int add(const std::string& name, nn::Operator op, std::vector<int> inputs,
          Parameters parameters = {});

  /// The node's output, as an ONNX value of rank 4, or of rank 2.
  [[nodiscard]] Activation image(int node) const;
  [[nodiscard]] Activation row(int node) const;

  /// The shape of the node's output; of the activation, its padding and stride included.
  [[nodiscard]] const ActivationShape& node_shape(int node) const { return shapes_.shape(node); }
  [[nodiscard]] ActivationShape shape(const Activation& x) const;
  /// Whether the node gives features, and not an image.
  [[nodiscard]] bool is_flat(int node) const;
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  /// Of its rows and columns only each such one is meant. Throws Unsupported if that differs.
  [[nodiscard]] int common_stride(const Activation& x) const;

  /// The node that gives the activation's values: what is pending of it becomes nodes. Throws
  /// Unsupported if zeros are around it, which only windows take over.
  int settled(Activation& x);
  /// The same for an operator that sees channels, rows and columns in this order; padding is left
  /// to it.
  int settled_image(Activation& x);
  /// The same as features, in the order of the value's one axis.
  int settled_features(Activation& x, const std::string& name);
  /// Makes it features in the order of its one axis, unless those are channels already.
  void flatten(Activation& x, const std::string& name);

  /// Whether none of the node's outputs, or of the input's pixels, is below 0.
  [[nodiscard]] bool is_never_negative(int node) const;

  /// The activation mapped: by the weights that make it, the input's normalization, or a batch norm
  /// of that name.
  Activation mapped(Activation x, const ChannelMap& map, const std::string& name);

  /// Divides the input by a power of two if it is far beyond 1, as raw bytes are, and multiplies
  /// the weights that read it: the same outputs, and gradients of the usual size. That divisor; 1
  /// if the input stays as it is, because it is small or something else reads it, too.
  double bring_input_down();

  /// Drops the nodes that this one does not depend on: it becomes the last.
  void keep_what_makes(int output);

  /// What has been added.
  [[nodiscard]] nn::Architecture architecture() const;

 private:
  [[nodiscard]] std::string free_name(const std::string& name, const nn::Operator& op);
  [[nodiscard]] bool keeps_from_negative(const nn::Operator& op,
                                         const std::vector<int>& inputs) const;
  bool map_input(const ChannelMap& map);
  static bool map_weights(Node& node, const ChannelMap& map);

  std::string name_;
  nn::InputSpec input_;
  nn::Architecture shapes_;  // without normalization and biases that came later
  std::vector<Node> nodes_;
  std::map<std::string, int> numbers_;  // the last one behind each name that was taken
  int64_t weights_ = 0;                 // of all nodes
};

/// gamma and beta of a batch norm with those statistics, which has floatsd's epsilon.
Parameters norm_parameters(const std::vector<float>& weight, const std::vector<float>& bias,
                           const std::vector<float>& mean, const std::vector<float>& variance);

}  // namespace floatsd::interchange::onnx
