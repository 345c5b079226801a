#include "emit/onnx/graph.h"

#include "core/refuse.h"

namespace floatsd::emit::onnx {
namespace {

constexpr const char* kInput = "input";
constexpr const char* kOutput = "output";

ValueInfo info(const Value& value, ElementType type, const ActivationShape& shape) {
  return {.name = value.name,
          .type = type,
          .shape_of_one = value.is_flat ? std::vector{shape.size()}
                                        : std::vector{shape.channels, shape.height, shape.width}};
}

}  // namespace

Graph::Graph(std::string name) : names_({kInput, kOutput}) { model_.graph_name = std::move(name); }

void Graph::enter(const std::string& name) {
  require(!name.empty(), "an operator has no name, expected one that an ONNX value can have");
  place_ = fresh_name(name);
}

std::string Graph::fresh_name(const std::string& name) {
  std::string fresh = name;
  for (int count = 2; !names_.insert(fresh).second; ++count) {
    fresh = name + "_" + std::to_string(count);
  }
  return fresh;
}

std::string Graph::constant(const std::string& what, Tensor value) {
  model_.constants.emplace_back(fresh_name(place_ + "/" + what), std::move(value));
  return model_.constants.back().first;
}

std::string Graph::add(const std::string& op_type, std::vector<std::string> inputs,
                       std::vector<Attribute> attributes) {
  const size_t colons = op_type.find("::");
  const bool is_own = colons == std::string::npos;
  const std::string type = is_own ? op_type : op_type.substr(colons + 2);
  const std::string name = fresh_name(place_ + "/" + type);
  model_.nodes.push_back({.name = name,
                          .op_type = type,
                          .domain = is_own ? "" : op_type.substr(0, colons),
                          .inputs = std::move(inputs),
                          .output = name,
                          .attributes = std::move(attributes)});
  return name;
}

std::string Graph::finish() {
  model_.nodes.back().output = place_;
  return place_;
}

std::string Graph::image(const Value& value) {
  if (!value.is_flat) {
    return value.name;
  }
  return add("Unsqueeze", {value.name, constant("axes", tensor<int64_t>({2}, {2, 3}))});
}

std::string Graph::flat(const Value& value) {
  return value.is_flat ? value.name : add("Flatten", {value.name});
}

void Graph::describe(const Value& value, ElementType type, const ActivationShape& shape) {
  model_.values.push_back(info(value, type, shape));
}

Value Graph::set_input(ElementType type, const ActivationShape& shape) {
  place_ = kInput;
  const Value value{.name = kInput};
  model_.input = info(value, type, shape);
  return value;
}

void Graph::set_output(const Value& value, const ActivationShape& shape) {
  place_ = kOutput;
  model_.output = info({.name = kOutput, .is_flat = value.is_flat}, ElementType::kFloat, shape);
}

void Graph::import_opset(const std::string& domain, int64_t version) {
  model_.opsets.emplace_back(domain, version);
}

}  // namespace floatsd::emit::onnx
