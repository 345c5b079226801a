#include "floatsd/nn/graph.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <algorithm>

#include "core/refuse.h"
#include "core/shape_text.h"
#include "nn/input.h"
#include "nn/layer.h"
#include "nn/make_block.h"
#include "quant/quantizer.h"

namespace floatsd::nn {
namespace {

void check_pixels(const std::string& network, const InputSpec& input, const at::Tensor& pixels) {
  const std::vector<int64_t> image = {input.channels, input.height, input.width};
  if (!pixels.defined() || pixels.scalar_type() != at::kByte || pixels.dim() != 4 ||
      pixels.sizes().slice(1) != at::IntArrayRef(image)) {
    std::string found = "none";
    if (pixels.defined()) {
      found = at::toString(pixels.scalar_type());
      found.append(" ").append(shape_text(pixels.sizes()));
    }
    throw Error(network + ": pixels are " + found + ", expected Byte images of " +
                shape_text(image));
  }
}

}  // namespace

Graph::Graph(Architecture architecture)
    : architecture_(std::move(architecture)), input_(architecture_.input()) {
  for (const Architecture::Node& node : architecture_.nodes()) {
    nodes_.push_back({.name = node.name,
                      .inputs = node.inputs,
                      .block = make_block(node.op, architecture_.shape(node.inputs.front()))});
  }
}

at::Tensor Graph::forward(const at::Tensor& pixels, Pass pass, const Visit& visit) {
  return forward(pixels, std::vector(nodes_.size(), pass), visit);
}

at::Tensor Graph::forward(const at::Tensor& pixels, Pass pass,
                          const std::shared_ptr<const ops::Shards>& shards) {
  return ops::real_values(run(pixels, std::vector(nodes_.size(), pass), {}, shards));
}

at::Tensor Graph::forward(const at::Tensor& pixels, const std::vector<Pass>& passes,
                          const Visit& visit) {
  if (passes.size() != nodes_.size()) {
    throw Error(network() + ": " + std::to_string(passes.size()) +
                " passes, expected one for each of " + std::to_string(nodes_.size()) + " nodes");
  }
  return ops::real_values(run(pixels, passes, visit));
}

ops::Signal Graph::forward_to(int node, const at::Tensor& pixels, Pass pass) {
  require(0 <= node && static_cast<size_t>(node) < nodes_.size(),
          network() + ": node " + std::to_string(node) + ", expected 0 to " +
              std::to_string(nodes_.size() - 1));
  return run(pixels, std::vector(static_cast<size_t>(node) + 1, pass), {});
}

ops::Signal Graph::run(const at::Tensor& pixels, const std::vector<Pass>& passes,
                       const Visit& visit, const std::shared_ptr<const ops::Shards>& shards) {
  require(!passes.empty(), network() + " has no nodes");
  check_pixels(network(), input_, pixels);
  if (std::any_of(passes.begin(), passes.end(),
                  [](Pass pass) { return quant::observes(pass) || quant::quantizes(pass); })) {
    check_is_prepared(*this);
  }
  std::vector<int> readers = count_readers(nodes_);
  std::vector<ops::Signal> outputs;
  ops::Signal reals;
  ops::Signal codes;
  const auto input = [&](bool as_codes) {  // made once, for those who read it so
    ops::Signal& made = as_codes ? codes : reals;
    if (!made.values.defined() && !made.qparams) {
      made = as_codes ? input_codes(input_, pixels) : input_reals(input_, pixels);
      made.shards = shards;
    }
    return made;
  };
  for (size_t i = 0; i < passes.size(); ++i) {
    const Node& node = nodes_[i];
    const bool reads_codes = quant::quantizes(passes[i]);
    std::vector<ops::Signal> inputs;
    for (const int from : node.inputs) {
      if (from == kGraphInput) {
        inputs.push_back(input(reads_codes));
      } else if (reads_codes && !outputs[from].qparams) {
        inputs.push_back(ops::quantized(outputs[from].values, output_qparams(from)));
        inputs.back().shards = shards;
      } else {
        inputs.push_back(outputs[from]);
      }
      if (from != kGraphInput && --readers[from] == 0) {
        outputs[from] = {};
      }
    }
    outputs.push_back(named(node.name, [&] {
      RECORD_USER_SCOPE(node.name);  // for profile/step_profile.h
      return node.block->forward(inputs, passes[i]);
    }));
    if (visit) {
      visit(node, outputs.back());
    }
  }
  return outputs.back();
}

QParams Graph::output_qparams(int node) const {
  if (node == kGraphInput) {
    return nn::input_qparams(input_);
  }
  const auto* block = dynamic_cast<const QuantizedBlock*>(nodes_[node].block.get());
  return block != nullptr ? block->output_quantizer->qparams() : input_qparams(nodes_[node]);
}

QParams Graph::input_qparams(const Node& node) const { return output_qparams(node.inputs.front()); }

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> Graph::layers() const {
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> layers;
  for (const Node& node : nodes_) {
    if (auto layer = std::dynamic_pointer_cast<Layer>(node.block);
        layer && layer->trains_weights()) {
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
      state.emplace_back(node.name + "." + parameter.first, parameter.second);
    }
    for (const auto& buffer : node.block->named_buffers()) {
      state.emplace_back(node.name + "." + buffer.first, buffer.second);
    }
  }
  return state;
}

void check_is_prepared(const Graph& graph) {
  for (const Node& node : graph.nodes()) {
    const auto* block = dynamic_cast<const QuantizedBlock*>(node.block.get());
    require(block == nullptr || block->output_quantizer != nullptr,
            node.name + ": this node was not prepared for quantization");
  }
}

void check_has_ranges(const Graph& graph) {
  check_is_prepared(graph);
  for (const Node& node : graph.nodes()) {
    const auto* block = dynamic_cast<const QuantizedBlock*>(node.block.get());
    require(block == nullptr || block->output_quantizer->has_range(),
            node.name + ": its output was never observed; train or calibrate the network first");
  }
}

std::vector<int> count_readers(const std::vector<Node>& nodes) {
  std::vector<int> readers(nodes.size(), 0);
  for (const Node& node : nodes) {
    for (const int input : node.inputs) {
      if (input != kGraphInput) {
        ++readers[input];
      }
    }
  }
  return readers;
}

}  // namespace floatsd::nn
