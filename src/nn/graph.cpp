#include "floatsd/nn/graph.h"

#include <ATen/ATen.h>

namespace floatsd::nn {

void Graph::add(std::string name, std::shared_ptr<Block> block) {
  const int previous = static_cast<int>(nodes_.size()) - 1;
  nodes_.push_back({std::move(name), {previous}, std::move(block)});
}

at::Tensor Graph::forward(const at::Tensor& pixels) {
  return forward(pixels, [](const Node&, const Signal&) {});
}

at::Tensor Graph::forward(const at::Tensor& pixels, const Visit& visit) {
  // Explicit strides: images of one channel are dense in both formats, and ATen would choose NCHW.
  at::Tensor codes =
      at::empty(pixels.sizes(), pixels.options().dtype(at::kFloat), at::MemoryFormat::ChannelsLast);
  codes.copy_(pixels);
  if (input_.qparams.zero_point != 0) {
    codes = codes - input_.qparams.zero_point;
  }
  const Signal input{codes, input_.qparams};
  std::vector<Signal> outputs;
  for (const Node& node : nodes_) {
    const int from = node.inputs.front();
    outputs.push_back(node.block->forward(from == kGraphInput ? input : outputs[from], mode_));
    visit(node, outputs.back());
  }
  return real_values(outputs.back());
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> Graph::layers() const {
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> layers;
  for (const Node& node : nodes_) {
    if (auto layer = std::dynamic_pointer_cast<Layer>(node.block)) {
      layers.emplace_back(node.name, std::move(layer));
    }
  }
  return layers;
}

std::vector<at::Tensor> Graph::parameters() const {
  std::vector<at::Tensor> all;
  for (const Node& node : nodes_) {
    for (const at::Tensor& parameter : node.block->parameters()) {
      all.push_back(parameter);
    }
  }
  return all;
}

std::vector<std::pair<std::string, at::Tensor>> Graph::state() const {
  std::vector<std::pair<std::string, at::Tensor>> state;
  for (const Node& node : nodes_) {
    for (const auto& parameter : node.block->named_parameters()) {
      state.emplace_back(node.name + "." + parameter.key(), parameter.value());
    }
    for (const auto& buffer : node.block->named_buffers()) {
      state.emplace_back(node.name + "." + buffer.key(), buffer.value());
    }
  }
  return state;
}

void Graph::to(at::Device device) {
  for (const Node& node : nodes_) {
    node.block->to(device);
  }
}

}  // namespace floatsd::nn
