#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "core/refuse.h"
#include "floatsd/nn/graph.h"
#include "nn/batch_norm.h"
#include "nn/layer.h"
#include "quant/quantizer.h"

namespace floatsd::nn {
namespace {

/// Puts torch's default generator back when it goes: a clone's first weights are drawn in vain.
class GeneratorKept {
 public:
  GeneratorKept()
      : generator_(at::detail::getDefaultCPUGenerator()), state_(generator_.get_state()) {}
  ~GeneratorKept() { generator_.set_state(state_); }
  GeneratorKept(const GeneratorKept&) = delete;
  GeneratorKept& operator=(const GeneratorKept&) = delete;

 private:
  at::Generator generator_;
  at::Tensor state_;
};

void fill_slots(const Layer& from, Layer& to) {
  if (from.norm && !to.norm) {
    to.set_norm(std::make_shared<BatchNorm2d>(from.norm->weight.size(0)));
  }
  to.activation = from.activation;
  to.pool = from.pool;
  to.signals = from.signals;
  if (from.weight_quantizer) {
    to.set_weight_quantizer(from.weight_quantizer->clone_empty());
  }
}

std::shared_ptr<Block> clone_without_values(const Block& block) {
  std::shared_ptr<Block> copy = block.clone_empty();
  if (const auto* layer = dynamic_cast<const Layer*>(&block)) {
    fill_slots(*layer, dynamic_cast<Layer&>(*copy));
  }
  const auto* quantized = dynamic_cast<const QuantizedBlock*>(&block);
  if (quantized != nullptr && quantized->output_quantizer) {
    dynamic_cast<QuantizedBlock&>(*copy).set_output_quantizer(
        quantized->output_quantizer->clone_empty());
  }
  return copy;
}

}  // namespace

Graph::Graph(Architecture architecture, InputSpec input, std::vector<Node> nodes)
    : architecture_(std::move(architecture)), input_(std::move(input)), nodes_(std::move(nodes)) {}

Graph Graph::clone() const {
  const GeneratorKept generator;
  std::vector<Node> nodes;
  for (const Node& node : nodes_) {
    nodes.push_back({node.name, node.inputs, clone_without_values(*node.block)});
  }
  Graph copy(architecture_, input_, std::move(nodes));
  auto to = copy.state();
  const auto from = state();
  require(from.size() == to.size(), network() + ": a block does not clone all of its tensors");
  for (size_t i = 0; i < from.size(); ++i) {
    require(from[i].first == to[i].first, from[i].first + ": its block does not clone it");
    const bool trains = to[i].second.requires_grad();
    to[i].second.set_data(from[i].second.detach().clone());
    to[i].second.set_requires_grad(trains);
  }
  return copy;
}

}  // namespace floatsd::nn
