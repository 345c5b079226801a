// The style of QONNX (Pappalardo et al. 2022): real numbers between operators, rounded by Quant and
// FloatQuant to those that codes and levels stand for.

#include <algorithm>

#include "emit/onnx/float_style.h"
#include "emit/onnx/styles.h"
#include "floatsd/core/codebook.h"

namespace floatsd::emit::onnx {
namespace {

constexpr const char* kDomain = "qonnx.custom_op.general";
constexpr const char* kQuant = "qonnx.custom_op.general::Quant";
constexpr const char* kFloatQuant = "qonnx.custom_op.general::FloatQuant";

/// Whether the levels are all integers below 2^(bits - 1) in magnitude.
bool is_integer_format(const Codebook& codebook) {
  return std::ssize(codebook.magnitudes) == int64_t{1} << (codebook.bits - 1) &&
         codebook.max_level() == (1 << (codebook.bits - 1)) - 1;
}

/// Whether the levels are 0 and 2^0 ... 2^6, which a float of three bits of exponent, none of
/// mantissa and bias 1 has.
bool has_levels_of_floatsd4(const Codebook& codebook) {
  return codebook.magnitudes == find_codebook("floatsd4").magnitudes;
}

class Qonnx : public Quantizers {
 public:
  std::string quantize(Graph& graph, const std::string& reals,
                       const QParams& qparams) const override {
    return graph.add(kQuant,
                     {reals, graph.constant("scale", scalar(qparams.scale)),
                      graph.constant("zero_point", scalar(static_cast<float>(qparams.zero_point))),
                      graph.constant("bits", scalar(8.0F))},
                     quant_attributes(Signedness::kUnsigned, Range::kFull));
  }

  std::string read(Graph& /*graph*/, const std::string& value,
                   const QParams& /*qparams*/) const override {
    return value;
  }

  std::string read_scaled(Graph& /*graph*/, const std::string& value, const QParams& /*qparams*/,
                          float /*scale*/) const override {
    return value;
  }

  double factor(double exact, double /*rounded*/) const override { return exact; }

  std::string raise(Graph& /*graph*/, const std::string& reals, float /*scale*/) const override {
    return reals;
  }

  std::string zero(Graph& graph, const QParams& /*qparams*/) const override {
    return graph.constant("zero", scalar(0.0F));
  }

  std::string lowest(Graph& graph, const QParams& qparams) const override {
    return graph.constant("lowest", scalar(real_of(qparams, kMinCode)));
  }

  std::string weight(const Site& site, const runtime::Weights& weights,
                     const Requantize& /*requantize*/) const override {
    Graph& graph = site.graph;
    const Codebook& codebook = find_codebook(weights.format);
    std::vector<int64_t> scale_shape(weights.shape.size(), 1);
    scale_shape[0] = std::ssize(weights.scales);
    const std::string reals = graph.constant(
        "weight", tensor(weights.shape, real_values(weights.levels, weights.scales)));
    const std::string scale = graph.constant("weight_scale", tensor(scale_shape, weights.scales));
    const auto number = [&](const char* what, int value) {
      return graph.constant(what, scalar(static_cast<float>(value)));
    };
    if (is_integer_format(codebook)) {
      return graph.add(
          kQuant,
          {reals, scale, number("weight_zero_point", 0), number("weight_bits", codebook.bits)},
          quant_attributes(Signedness::kSigned, Range::kNarrow));
    }
    if (has_levels_of_floatsd4(codebook)) {
      return graph.add(kFloatQuant,
                       {reals, scale, number("exponent_bits", 3), number("mantissa_bits", 0),
                        number("exponent_bias", 1), number("largest", codebook.max_level())},
                       {{"has_inf", int64_t{0}},
                        {"has_nan", int64_t{0}},
                        {"has_subnormal", int64_t{0}},
                        {"rounding_mode", "ROUND"},
                        {"saturation", int64_t{1}}});
    }
    throw Error(site.op.name + ": weights of " + weights.format +
                ", expected an INT format or FloatSD4's levels in ONNX style qonnx");
  }

  std::string bias(const Site& site, const runtime::Weights& weights,
                   const Requantize& requantize) const override {
    Graph& graph = site.graph;
    const std::vector<float> scales = bias_scales(site, weights.scales);
    const auto number = [&](const char* what, float value) {
      return graph.constant(what, scalar(value));
    };
    const std::string reals = graph.constant(
        "bias", tensor({std::ssize(requantize.bias)}, real_values(requantize.bias, scales)));
    const std::string scale = graph.constant("bias_scale", tensor({std::ssize(scales)}, scales));
    return graph.add(kQuant, {reals, scale, number("bias_zero_point", 0), number("bias_bits", 32)},
                     quant_attributes(Signedness::kSigned, Range::kFull));
  }

 private:
  enum class Signedness { kUnsigned, kSigned };
  enum class Range { kFull, kNarrow };

  static std::vector<Attribute> quant_attributes(Signedness signedness, Range range) {
    return {{"narrow", int64_t{range == Range::kNarrow}},
            {"rounding_mode", "ROUND"},
            {"signed", int64_t{signedness == Signedness::kSigned}}};
  }

  /// integer * scale, with one scale or one for each index of the first dimension.
  template <typename Integer>
  static std::vector<float> real_values(const std::vector<Integer>& integers,
                                        const std::vector<float>& scales) {
    const size_t each = integers.size() / scales.size();
    std::vector<float> reals;
    for (size_t i = 0; i < integers.size(); ++i) {
      reals.push_back(static_cast<float>(integers[i]) * scales[i / each]);
    }
    return reals;
  }
};

}  // namespace

void write_qonnx(const runtime::Program& program, Graph& graph) {
  graph.import_opset(kDomain, 1);
  const Value last = write_float(program, graph, ElementType::kFloat, Qonnx{});
  graph.add("Identity", {begin_output(program, graph, last)});
  graph.finish();
}

}  // namespace floatsd::emit::onnx
