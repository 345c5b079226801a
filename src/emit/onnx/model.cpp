#include "emit/onnx/model.h"

#include <protozero/pbf_writer.hpp>

#include "floatsd/version.h"

namespace floatsd::emit::onnx {
namespace {

using protozero::pbf_writer;

constexpr int64_t kIrVersion = 8;
constexpr const char* kImages = "N";  // the first dimension

// The fields' numbers are those of onnx.proto.

void add_attribute(pbf_writer& node, const Attribute& attribute) {
  constexpr int32_t kInt = 2, kString = 3, kInts = 7;  // AttributeProto.AttributeType
  pbf_writer writer(node, 5);
  writer.add_string(1, attribute.name);
  if (const auto* number = std::get_if<int64_t>(&attribute.value)) {
    writer.add_int64(3, *number);
    writer.add_enum(20, kInt);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    writer.add_bytes(4, *text);
    writer.add_enum(20, kString);
  } else {
    for (const int64_t each : std::get<std::vector<int64_t>>(attribute.value)) {
      writer.add_int64(8, each);
    }
    writer.add_enum(20, kInts);
  }
}

void add_node(pbf_writer& graph, const Node& node) {
  pbf_writer writer(graph, 1);
  for (const std::string& input : node.inputs) {
    writer.add_string(1, input);
  }
  writer.add_string(2, node.output);
  writer.add_string(3, node.name);
  writer.add_string(4, node.op_type);
  for (const Attribute& attribute : node.attributes) {
    add_attribute(writer, attribute);
  }
  if (!node.domain.empty()) {
    writer.add_string(7, node.domain);
  }
}

void add_constant(pbf_writer& graph, const std::string& name, const Tensor& tensor) {
  pbf_writer writer(graph, 5);
  for (const int64_t size : tensor.shape) {
    writer.add_int64(1, size);
  }
  writer.add_int32(2, static_cast<int32_t>(tensor.type));
  writer.add_string(8, name);
  writer.add_bytes(9, tensor.bytes);
}

void add_value(pbf_writer& graph, protozero::pbf_tag_type field, const ValueInfo& value) {
  pbf_writer writer(graph, field);
  writer.add_string(1, value.name);
  pbf_writer type(writer, 2);
  pbf_writer tensor(type, 1);
  tensor.add_int32(1, static_cast<int32_t>(value.type));
  pbf_writer shape(tensor, 2);
  {
    pbf_writer images(shape, 1);
    images.add_string(2, kImages);
  }
  for (const int64_t size : value.shape_of_one) {
    pbf_writer dimension(shape, 1);
    dimension.add_int64(1, size);
  }
}

void add_graph(pbf_writer& model_writer, const Model& model) {
  pbf_writer writer(model_writer, 7);
  for (const Node& node : model.nodes) {
    add_node(writer, node);
  }
  writer.add_string(2, model.graph_name);
  for (const auto& [name, tensor] : model.constants) {
    add_constant(writer, name, tensor);
  }
  add_value(writer, 11, model.input);
  add_value(writer, 12, model.output);
  for (const ValueInfo& value : model.values) {
    add_value(writer, 13, value);
  }
}

}  // namespace

std::string serialize(const Model& model) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_int64(1, kIrVersion);
  writer.add_string(2, "floatsd");
  writer.add_string(3, FLOATSD_VERSION);
  add_graph(writer, model);
  for (const auto& [domain, version] : model.opsets) {
    pbf_writer opset(writer, 8);
    opset.add_string(1, domain);
    opset.add_int64(2, version);
  }
  for (const auto& [key, value] : model.metadata) {
    pbf_writer entry(writer, 14);
    entry.add_string(1, key);
    entry.add_string(2, value);
  }
  return bytes;
}

}  // namespace floatsd::emit::onnx
