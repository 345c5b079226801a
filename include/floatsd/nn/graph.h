#pragma once
// Graph: a network as named blocks in the order in which they run, each after its inputs. Every
// stage walks it: fuse, prepare, train, calibrate, convert.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "floatsd/nn/block.h"
#include "floatsd/nn/input.h"
#include "floatsd/nn/layer.h"

namespace floatsd::nn {

/// Input of a node: the index of an earlier one, or the network's input.
inline constexpr int kGraphInput = -1;

struct Node {
  std::string name;
  std::vector<int> inputs;
  std::shared_ptr<Block> block;
};

class Graph {
 public:
  Graph(std::string network, InputSpec input)
      : network_(std::move(network)), input_(std::move(input)) {}

  /// Appends a node that reads the one before it (the first one reads the input); its index.
  int add(std::string name, std::shared_ptr<Block> block);
  /// Appends a node that reads those nodes; its index. Requires them to be there already.
  int add(std::string name, std::shared_ptr<Block> block, std::vector<int> inputs);

  [[nodiscard]] const std::string& network() const { return network_; }
  [[nodiscard]] const InputSpec& input() const { return input_; }
  void set_input_scheme(quant::ActivationScheme scheme, quant::ScaleGrid grid) {
    input_.scheme = scheme;
    input_.scales = grid;
  }
  /// Of each channel (InputSpec).
  void set_input_normalization(std::vector<float> mean, std::vector<float> deviation) {
    input_.mean = std::move(mean);
    input_.deviation = std::move(deviation);
  }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  void replace_nodes(std::vector<Node> nodes) { nodes_ = std::move(nodes); }

  /// Logits, real values [N, classes], from pixels [N, C, H, W] (uint8).
  at::Tensor forward(const at::Tensor& pixels);

  /// The same, showing each node's output to `visit` as it is made. An output is kept until its
  /// last reader has run.
  using Visit = std::function<void(const Node&, const Signal&)>;
  at::Tensor forward(const at::Tensor& pixels, const Visit& visit);

  /// What the node of that index gives; runs the nodes up to it.
  Signal forward_to(int node, const at::Tensor& pixels);

  /// How every node runs.
  void set_pass(Pass pass) {
    pass_ = pass;
    passes_.clear();
  }
  /// How each node runs, one for each; where a quantizing one reads reals, they are rounded to the
  /// codes of the node that made them, which must have a range. set_pass ends it.
  void set_passes(std::vector<Pass> passes);
  /// What set_pass has set.
  [[nodiscard]] Pass pass() const { return pass_; }

  /// Those of what the node reads first. Requires a prepared network.
  [[nodiscard]] QParams input_qparams(const Node& node) const;

  /// The nodes that have weights, in order.
  [[nodiscard]] std::vector<std::pair<std::string, std::shared_ptr<Layer>>> layers() const;

  /// What trains, in order: each node's parameters.
  [[nodiscard]] std::vector<at::Tensor> parameters() const;

  /// Every parameter and buffer by name ("conv1.weight",
  /// "conv1.output_quantizer.observer.min_val"), in order. The tensors are the network's own.
  [[nodiscard]] std::vector<std::pair<std::string, at::Tensor>> state() const;

 private:
  /// The output of the last of the first `count` nodes.
  Signal run(size_t count, const at::Tensor& pixels, const Visit& visit);
  [[nodiscard]] QParams output_qparams(int node) const;

  std::string network_;
  InputSpec input_;
  std::vector<Node> nodes_;
  Pass pass_;
  std::vector<Pass> passes_;  // by node; empty: pass_ for all
};

/// How many nodes read each node.
std::vector<int> count_readers(const std::vector<Node>& nodes);

}  // namespace floatsd::nn
