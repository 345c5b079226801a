#include "emit/onnx/float_style.h"

#include <cmath>

#include "emit/onnx/ties.h"

namespace floatsd::emit::onnx {
namespace {

using runtime::Add;
using runtime::AveragePool;
using runtime::Clamp;
using runtime::Concat;
using runtime::Conv2d;
using runtime::Downsample;
using runtime::Flatten;
using runtime::GlobalAveragePool;
using runtime::Linear;
using runtime::MaxPool;

struct FloatOperators {
  const Quantizers& quantizers;

  Value operator()(const Site& site, const Conv2d& conv) const;
  Value operator()(const Site& site, const Linear& linear) const;
  Value operator()(const Site& site, const Add& add) const;
  Value operator()(const Site& site, const GlobalAveragePool& pool) const;
  Value operator()(const Site& site, const Downsample& downsample) const;
  Value operator()(const Site& site, const Concat& concat) const;
  Value operator()(const Site& site, const MaxPool& pool) const;
  Value operator()(const Site& site, const AveragePool& pool) const;
  Value operator()(const Site& site, const Flatten& flatten) const;
  Value operator()(const Site& site, const Clamp& clamp) const;

  /// The reals of the index-th input, made an image or flat before.
  [[nodiscard]] std::string image(const Site& site, size_t index = 0) const {
    return quantizers.read(site.graph, site.graph.image(site.inputs[index]),
                           site.input_qparams(index));
  }
  [[nodiscard]] std::string flat(const Site& site, size_t index = 0) const {
    return quantizers.read(site.graph, site.graph.flat(site.inputs[index]),
                           site.input_qparams(index));
  }
  /// The reals of the index-th input, which is flat or an image, for an operator that multiplies
  /// its codes by `factor` to get those of the output (0 if what they add vanishes).
  [[nodiscard]] std::string scaled(const Site& site, size_t index, bool is_flat,
                                   double factor) const {
    const Value& input = site.inputs[index];
    const QParams& own = site.input_qparams(index);
    const double scale = factor > 0 ? factor * site.output_qparams().scale : own.scale;
    return quantizers.read_scaled(site.graph,
                                  is_flat ? site.graph.flat(input) : site.graph.image(input), own,
                                  static_cast<float>(scale));
  }
  [[nodiscard]] std::string raised(const Site& site, const std::string& reals, Ties ties) const {
    return ties == Ties::kAnywhere
               ? quantizers.raise(site.graph, reals, site.output_qparams().scale)
               : reals;
  }
  [[nodiscard]] std::string quantize(const Site& site, const std::string& reals) const {
    return quantizers.quantize(site.graph, reals, site.output_qparams());
  }
};

std::string clipped(Graph& graph, const std::string& reals, float lower, float upper) {
  return graph.add("Clip", {reals, graph.constant("lower", scalar(lower)),
                            graph.constant("upper", scalar(upper))});
}

/// The activation of a layer or a sum: `by` is how it requantizes.
template <typename By>
std::string activated(Graph& graph, const std::string& reals, const By& by) {
  if (by.upper < kMaxCode) {
    return clipped(graph, reals, by.relu ? 0 : real_of(by.output, kMinCode),
                   real_of(by.output, by.upper));
  }
  return by.relu ? graph.add("Relu", {reals}) : reals;
}

Value FloatOperators::operator()(const Site& site, const Conv2d& conv) const {
  Graph& graph = site.graph;
  const std::string sum =
      graph.add("Conv",
                {image(site), quantizers.weight(site, conv.weights, conv.requantize),
                 quantizers.bias(site, conv.weights, conv.requantize)},
                window_attributes(conv));
  const std::string value =
      quantize(site, activated(graph, raised(site, sum, ties(conv.requantize)), conv.requantize));
  return {conv.pool > 1 ? graph.add("MaxPool", {value}, pool_attributes(conv.pool)) : value};
}

Value FloatOperators::operator()(const Site& site, const Linear& linear) const {
  Graph& graph = site.graph;
  const std::string sum =
      graph.add("Gemm",
                {flat(site), quantizers.weight(site, linear.weights, linear.requantize),
                 quantizers.bias(site, linear.weights, linear.requantize)},
                {{"transB", int64_t{1}}});
  const std::string reals = raised(site, sum, ties(linear.requantize));
  return {quantize(site, activated(graph, reals, linear.requantize)), true};
}

Value FloatOperators::operator()(const Site& site, const Add& add) const {
  Graph& graph = site.graph;
  const bool is_flat = site.inputs[0].is_flat && site.inputs[1].is_flat;
  const Ties tied = ties(site, add.requantize);
  const auto term = [&](size_t i) {
    return scaled(
        site, i, is_flat,
        raising_factor(tied) * std::ldexp(add.requantize.multipliers[i], -add.requantize.shift));
  };
  const std::string first = term(0);
  const std::string sum = raised(site, graph.add("Add", {first, term(1)}), tied);
  return {quantize(site, activated(graph, sum, add.requantize)), is_flat};
}

Value FloatOperators::operator()(const Site& site, const GlobalAveragePool& pool) const {
  const ActivationShape& in = site.input_shapes[0];
  const Ties tied = ties(site, std::span(&pool.multiplier, 1));
  const double factor =
      raising_factor(tied) * real(pool.multiplier) * static_cast<double>(in.height * in.width);
  const std::string mean =
      site.graph.add("GlobalAveragePool", {scaled(site, 0, /*is_flat=*/false, factor)});
  return {quantize(site, raised(site, mean, tied))};
}

Value FloatOperators::operator()(const Site& site, const Downsample& downsample) const {
  Graph& graph = site.graph;
  return write_downsample(site, downsample, graph.image(site.inputs[0]),
                          quantizers.zero(graph, site.input_qparams()));
}

Value FloatOperators::operator()(const Site& site, const Concat& concat) const {
  const bool is_flat = site.inputs[0].is_flat;
  const Ties tied = ties(site, concat.multipliers);
  std::vector<std::string> parts;
  for (size_t i = 0; i < site.inputs.size(); ++i) {
    parts.push_back(scaled(site, i, is_flat, raising_factor(tied) * real(concat.multipliers[i])));
  }
  const std::string joined = site.graph.add("Concat", parts, {{"axis", int64_t{1}}});
  return {quantize(site, raised(site, joined, tied)), is_flat};
}

Value FloatOperators::operator()(const Site& site, const MaxPool& pool) const {
  Graph& graph = site.graph;
  return write_max_pool(site, pool, graph.image(site.inputs[0]),
                        [&] { return quantizers.lowest(graph, site.input_qparams()); });
}

Value FloatOperators::operator()(const Site& site, const AveragePool& pool) const {
  Graph& graph = site.graph;
  const ActivationShape& in = site.input_shapes[0];
  const ActivationShape out = pool_shape(pool.window, in);
  const Extent& size = pool.window.size;
  std::vector<Attribute> attributes = window_attributes(pool.window, in);
  attributes.push_back({"group", in.channels});
  const std::vector<float> ones(static_cast<size_t>(in.channels * size.height * size.width), 1.0F);
  const std::string sum =
      graph.add("Conv",
                {image(site),
                 graph.constant("ones", tensor({in.channels, 1, size.height, size.width}, ones))},
                attributes);
  const Ties tied = ties(site, pool.multipliers);
  const double output_over_input = double{site.output_qparams().scale} / site.input_qparams().scale;
  const std::vector<FixedPoint> multipliers = runtime::pixel_multipliers(pool, in);
  const std::vector<int64_t> counts = runtime::pool_counts(pool, in).by_pixel();
  std::vector<float> factors;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double exact = 1.0 / static_cast<double>(counts[i]);
    const double rounded = raising_factor(tied) * real(multipliers[i]) * output_over_input;
    factors.push_back(static_cast<float>(quantizers.factor(exact, rounded)));
  }
  const std::string mean = graph.add(
      "Mul", {sum, graph.constant("factors", tensor({1, 1, out.height, out.width}, factors))});
  return {quantize(site, raised(site, mean, tied))};
}

Value FloatOperators::operator()(const Site& site, const Flatten& flatten) const {
  return write_flatten(site, flatten);
}

Value FloatOperators::operator()(const Site& site, const Clamp& clamp) const {
  const QParams& qparams = site.input_qparams();
  const bool is_flat = site.inputs[0].is_flat;
  return {quantize(site, clipped(site.graph, is_flat ? flat(site) : image(site),
                                 real_of(qparams, clamp.lower), real_of(qparams, clamp.upper))),
          is_flat};
}

}  // namespace

std::vector<float> bias_scales(const Site& site, const std::vector<float>& weight_scales) {
  std::vector<float> scales = weight_scales;
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
