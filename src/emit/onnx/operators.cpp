#include "emit/onnx/operators.h"

#include <algorithm>

namespace floatsd::emit::onnx {

std::vector<std::string> with_qparams(Graph& graph, const std::string& value,
                                      const QParams& qparams) {
  return {value, graph.constant("scale", scalar(qparams.scale)),
          graph.constant("zero_point", scalar(static_cast<uint8_t>(qparams.zero_point)))};
}

std::string begin_output(const runtime::Program& program, Graph& graph, const Value& last) {
  const ActivationShape shape = runtime::output_shapes(program).back();
  const bool is_row = shape.height == 1 && shape.width == 1;
  graph.set_output({last.name, is_row || last.is_flat}, shape);
  return is_row ? graph.flat(last) : last.name;
}

void write_real_output(const runtime::Program& program, Graph& graph, const Value& last) {
  const runtime::Op& op = program.ops.back();
  const std::string codes = begin_output(program, graph, last);
  graph.add("DequantizeLinear", with_qparams(graph, codes, runtime::output_qparams(program, op)));
  graph.finish();
}

std::vector<Attribute> window_attributes(const runtime::Conv2d& conv) {
  using Numbers = std::vector<int64_t>;
  const auto& [size, stride, padding, dilation, ceil_mode] = conv.window();
  return {{"kernel_shape", Numbers{size.height, size.width}},
          {"strides", Numbers{stride.height, stride.width}},
          {"pads", Numbers{padding.top, padding.left, padding.bottom, padding.right}},
          {"dilations", Numbers{dilation.height, dilation.width}},
          {"group", int64_t{conv.groups}}};
}

std::vector<Attribute> pool_attributes(int pool) {
  const std::vector<int64_t> sides = {pool, pool};
  return {{"kernel_shape", sides}, {"strides", sides}};
}

std::vector<Attribute> window_attributes(const Window& window, const ActivationShape& in) {
  using Numbers = std::vector<int64_t>;
  const auto& [size, stride, padding, dilation, ceil_mode] = window;
  const int64_t bottom =
      (window.rows(in.height) - 1) * stride.height + window.height() - padding.top - in.height;
  const int64_t right =
      (window.columns(in.width) - 1) * stride.width + window.width() - padding.left - in.width;
  return {{"kernel_shape", Numbers{size.height, size.width}},
          {"strides", Numbers{stride.height, stride.width}},
          {"pads", Numbers{padding.top, padding.left, std::max<int64_t>(bottom, 0),
                           std::max<int64_t>(right, 0)}},
          {"dilations", Numbers{dilation.height, dilation.width}}};
}

Value write_max_pool(const Site& site, const runtime::MaxPool& pool, const std::string& input,
                     const std::function<std::string()>& lowest) {
  using Numbers = std::vector<int64_t>;
  Graph& graph = site.graph;
  std::vector<Attribute> attributes = window_attributes(pool.window, site.input_shapes[0]);
  const auto padding = std::find_if(attributes.begin(), attributes.end(),
                                    [](const Attribute& each) { return each.name == "pads"; });
  const Numbers pads = std::get<Numbers>(padding->value);
  const Extent& size = pool.window.size;
  if (std::max(pads[0], pads[2]) < size.height && std::max(pads[1], pads[3]) < size.width) {
    return {graph.add("MaxPool", {input}, attributes)};
  }
  padding->value = Numbers{0, 0, 0, 0};
  const Numbers sides = {0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]};
  const std::string padded = graph.add(
      "Pad", {input, graph.constant("pads", tensor({std::ssize(sides)}, sides)), lowest()});
  return {graph.add("MaxPool", {padded}, attributes)};
}

Value write_flatten(const Site& site, const runtime::Flatten& flatten) {
  Graph& graph = site.graph;
  Value value = site.inputs[0];
  if (value.is_flat) {
    return {graph.add("Identity", {value.name}), true};
  }
  if (flatten.order == AxesOrder::kChannelsLast) {
    value.name = graph.add("Transpose", {value.name}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}});
  }
  return {graph.add("Flatten", {value.name}), true};
}

Value write_downsample(const Site& site, const runtime::Downsample& downsample,
                       const std::string& input, const std::string& zero) {
  Graph& graph = site.graph;
  const ActivationShape& in = site.input_shapes[0];
  const auto numbers = [&](const char* what, const std::vector<int64_t>& values) {
    return graph.constant(what, tensor({std::ssize(values)}, values));
  };
  const std::string kept = graph.add(
      "Slice", {input, numbers("starts", {0, 0}), numbers("ends", {in.height, in.width}),
                numbers("axes", {2, 3}), numbers("steps", {downsample.stride, downsample.stride})});
  return {graph.add("Pad", {kept,
                            numbers("pads", {0, downsample.channels_before, 0, 0, 0,
                                             downsample.channels_after, 0, 0}),
                            zero})};
}

}  // namespace floatsd::emit::onnx
