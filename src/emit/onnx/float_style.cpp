#include "float_style.h"

namespace floatsd::emit::onnx {
namespace {

using runtime::Add;
using runtime::Conv2d;
using runtime::Downsample;
using runtime::GlobalAveragePool;
using runtime::Linear;

struct FloatOperators {
  const Quantizers& quantizers;

  Value operator()(const Site& site, const Conv2d& conv) const;
  Value operator()(const Site& site, const Linear& linear) const;
  Value operator()(const Site& site, const Add& add) const;
  Value operator()(const Site& site, const GlobalAveragePool& pool) const;
  Value operator()(const Site& site, const Downsample& downsample) const;

  /// The reals of the index-th input, made an image or flat before.
  [[nodiscard]] std::string image(const Site& site, size_t index = 0) const {
    return quantizers.read(site.graph, site.graph.image(site.inputs[index]),
                           site.input_qparams(index));
  }
  [[nodiscard]] std::string flat(const Site& site, size_t index = 0) const {
    return quantizers.read(site.graph, site.graph.flat(site.inputs[index]),
                           site.input_qparams(index));
  }
  [[nodiscard]] std::string quantize(const Site& site, const std::string& reals) const {
    return quantizers.quantize(site.graph, reals, site.output_qparams());
  }
};

std::string activated(Graph& graph, const std::string& reals, bool relu) {
  return relu ? graph.add("Relu", {reals}) : reals;
}

Value FloatOperators::operator()(const Site& site, const Conv2d& conv) const {
  Graph& graph = site.graph;
  const std::string sum = graph.add("Conv",
                                    {image(site), quantizers.weight(site, conv.weights),
                                     quantizers.bias(site, conv.weights, conv.requantize)},
                                    window_attributes(conv));
  const std::string value = quantize(site, activated(graph, sum, conv.requantize.relu));
  return {conv.pool > 1 ? graph.add("MaxPool", {value}, pool_attributes(conv.pool)) : value};
}

Value FloatOperators::operator()(const Site& site, const Linear& linear) const {
  Graph& graph = site.graph;
  const std::string sum = graph.add("Gemm",
                                    {flat(site), quantizers.weight(site, linear.weights),
                                     quantizers.bias(site, linear.weights, linear.requantize)},
                                    {{"transB", int64_t{1}}});
  return {quantize(site, activated(graph, sum, linear.requantize.relu)), true};
}

Value FloatOperators::operator()(const Site& site, const Add& add) const {
  Graph& graph = site.graph;
  const bool is_flat = site.inputs[0].is_flat && site.inputs[1].is_flat;
  const auto term = [&](size_t i) { return is_flat ? flat(site, i) : image(site, i); };
  const std::string first = term(0);
  const std::string sum = graph.add("Add", {first, term(1)});
  return {quantize(site, activated(graph, sum, add.requantize.relu)), is_flat};
}

Value FloatOperators::operator()(const Site& site, const GlobalAveragePool& /*pool*/) const {
  return {quantize(site, site.graph.add("GlobalAveragePool", {image(site)}))};
}

Value FloatOperators::operator()(const Site& site, const Downsample& downsample) const {
  Graph& graph = site.graph;
  return write_downsample(site, downsample, graph.image(site.inputs[0]),
                          quantizers.zero(graph, site.input_qparams()));
}

}  // namespace

std::vector<float> bias_scales(const Site& site, const runtime::Weights& weights) {
  std::vector<float> scales = weights.scales;
  for (float& scale : scales) {
    scale *= site.input_qparams().scale;
  }
  return scales;
}

Value write_float(const runtime::Program& program, Graph& graph, ElementType type,
                  const Quantizers& quantizers) {
  const Value reals = graph.set_input(ElementType::kFloat, program.input_shape);
  const Value input = {quantizers.quantize(graph, reals.name, program.input)};
  return write_operators(program, graph, input, type, FloatOperators{quantizers});
}

}  // namespace floatsd::emit::onnx
