#pragma once
// A small ONNX model that tests change in one place each.

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "emit/onnx/model.h"

namespace sample {

using floatsd::emit::onnx::Attribute;
using floatsd::emit::onnx::ElementType;
using floatsd::emit::onnx::Model;
using floatsd::emit::onnx::Node;
using floatsd::emit::onnx::tensor;

using Numbers = std::vector<int64_t>;

inline std::vector<float> drawn(size_t count) {
  static std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.5F);
  std::vector<float> values(count);
  for (float& value : values) {
    value = normal(random);
  }
  return values;
}

inline void add(Model& model, const std::string& op_type, std::vector<std::string> inputs,
                const std::string& output, std::vector<Attribute> attributes = {}) {
  model.nodes.push_back({.name = "node " + output,
                         .op_type = op_type,
                         .domain = "",
                         .inputs = std::move(inputs),
                         .output = output,
                         .attributes = std::move(attributes)});
}

inline void add_floats(Model& model, const std::string& name, Numbers shape) {
  size_t count = 1;
  for (const int64_t size : shape) {
    count *= static_cast<size_t>(size);
  }
  model.constants.emplace_back(name, tensor(std::move(shape), drawn(count)));
}

/// Images [2, 6, 6] -> conv1, relu, pool, a reshape by a computed shape, fc -> 3 classes.
inline Model model() {
  Model model{.graph_name = "sample"};
  model.opsets = {{"", 17}};
  model.input = {.name = "pixels", .shape_of_one = {2, 6, 6}};
  model.output = {.name = "logits", .shape_of_one = {3}};
  add_floats(model, "conv1.weight", {4, 2, 3, 3});
  add_floats(model, "conv1.bias", {4});
  add_floats(model, "fc.weight", {3, 16});
  add_floats(model, "fc.bias", {3});
  model.constants.emplace_back("zero", tensor<int64_t>({}, {0}));
  model.constants.emplace_back("rest", tensor<int64_t>({1}, {-1}));
  model.constants.emplace_back("first", tensor<int64_t>({1}, {0}));
  add(model, "Conv", {"pixels", "conv1.weight", "conv1.bias"}, "conv1",
      {{"kernel_shape", Numbers{3, 3}}, {"pads", Numbers{0, 0, 0, 0}}});
  add(model, "Relu", {"conv1"}, "relu");
  add(model, "MaxPool", {"relu"}, "pool",
      {{"kernel_shape", Numbers{2, 2}}, {"strides", Numbers{2, 2}}});
  add(model, "Shape", {"pool"}, "shape");
  add(model, "Gather", {"shape", "zero"}, "images");
  add(model, "Unsqueeze", {"images", "first"}, "batch");
  add(model, "Concat", {"batch", "rest"}, "rows", {{"axis", int64_t{0}}});
  add(model, "Reshape", {"pool", "rows"}, "features");
  add(model, "Gemm", {"features", "fc.weight", "fc.bias"}, "logits", {{"transB", int64_t{1}}});
  return model;
}

/// The node that gives that value.
inline Node& node(Model& model, const std::string& output) {
  for (Node& each : model.nodes) {
    if (each.output == output) {
      return each;
    }
  }
  throw std::out_of_range(output);
}

}  // namespace sample
