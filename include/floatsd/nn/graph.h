#pragma once
// Graph: a network with its weights, as named blocks in the order in which they run, each after its
// inputs. It is made from an architecture, and every stage walks it: fuse, prepare, train,
// calibrate, convert.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "floatsd/nn/architecture.h"
#include "floatsd/nn/input_spec.h"
#include "floatsd/ops/signal.h"
#include "floatsd/quant/pass.h"

namespace floatsd::nn {

using quant::Pass;

class Block;  // these two are the library's own; a program uses names, state() and parameters()
class Layer;

/// A named block; `inputs` are the indices of earlier nodes, or kGraphInput.
struct Node {
  std::string name;
  std::vector<int> inputs;
  std::shared_ptr<Block> block;
};

class Graph {
 public:
  /// A float network with a block for each node of the architecture. Weights are drawn from torch's
  /// default generator, in the order of the nodes.
  explicit Graph(Architecture architecture);
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() = default;

  /// A network of the same blocks, weights and ranges that shares no memory with this one.
  [[nodiscard]] Graph clone() const;

  /// What it was made from.
  [[nodiscard]] const Architecture& architecture() const { return architecture_; }
  [[nodiscard]] const std::string& network() const { return architecture_.name(); }
  [[nodiscard]] const InputSpec& input() const { return input_; }
  /// For prepare: how the input's codes lie about 0, and which scales are allowed.
  void set_input_scheme(quant::ActivationScheme scheme, quant::ScaleGrid grid) {
    input_.scheme = scheme;
    input_.scales = grid;
  }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  /// For passes: the new nodes, each after its inputs. Checks nothing.
  void replace_nodes(std::vector<Node> nodes) { nodes_ = std::move(nodes); }

  /// Logits, real values [N, classes], from pixels [N, C, H, W] (uint8). Each node's output is
  /// shown to `visit` as it is made, and kept until its last reader has run. Throws Error if the
  /// pixels are not of the input's shape, or if a pass observes or quantizes and the graph was not
  /// prepared.
  using Visit = std::function<void(const Node&, const ops::Signal&)>;
  at::Tensor forward(const at::Tensor& pixels, Pass pass, const Visit& visit = {});

  /// The same of images that are divided into shards (ops/shards.h), of which `pixels` are this
  /// rank's: what depends on the whole batch is of all ranks' images.
  at::Tensor forward(const at::Tensor& pixels, Pass pass,
                     const std::shared_ptr<const ops::Shards>& shards);

  /// The same with a pass for each node. If one that quantizes reads reals, they are rounded to the
  /// codes of the node that made them, which must have a range.
  at::Tensor forward(const at::Tensor& pixels, const std::vector<Pass>& passes,
                     const Visit& visit = {});

  /// The output of node `node`, counted from 0; runs the network up to it. Throws as forward, and
  /// if there is no such node.
  ops::Signal forward_to(int node, const at::Tensor& pixels, Pass pass);

  /// Scale and zero point of the node's first input. Requires a prepared network.
  [[nodiscard]] QParams input_qparams(const Node& node) const;

  /// The nodes that have weights of their own, in order.
  [[nodiscard]] std::vector<std::pair<std::string, std::shared_ptr<Layer>>> layers() const;

  /// What trains, in order: each node's parameters.
  [[nodiscard]] std::vector<at::Tensor> parameters() const;

  /// Every parameter and buffer by name ("conv1.weight",
  /// "conv1.output_quantizer.observer.min_val"), in order. The tensors are the network's own.
  [[nodiscard]] std::vector<std::pair<std::string, at::Tensor>> state() const;

 private:
  Graph(Architecture architecture, InputSpec input, std::vector<Node> nodes);
  /// Runs as many nodes as there are passes; the last one's output.
  ops::Signal run(const at::Tensor& pixels, const std::vector<Pass>& passes, const Visit& visit,
                  const std::shared_ptr<const ops::Shards>& shards = {});
  [[nodiscard]] QParams output_qparams(int node) const;

  Architecture architecture_;
  InputSpec input_;  // the architecture's, and its quantization
  std::vector<Node> nodes_;
};

/// Throws Error with the node's name if one was not prepared for quantization (passes/prepare.h).
void check_is_prepared(const Graph& graph);

/// Throws Error with the node's name if one was not prepared, or its output was never observed.
void check_has_ranges(const Graph& graph);

/// How many nodes read each node.
std::vector<int> count_readers(const std::vector<Node>& nodes);

}  // namespace floatsd::nn
