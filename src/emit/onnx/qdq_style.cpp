// The style of QuantizeLinear and DequantizeLinear: codes between operators, each of which reads
// them through a DequantizeLinear of its own.

#include <algorithm>
#include <cstdlib>

#include "emit/onnx/float_style.h"
#include "emit/onnx/styles.h"
#include "emit/onnx/ties.h"

namespace floatsd::emit::onnx {
namespace {

constexpr int kLargestInt8 = 127;

class Qdq : public Quantizers {
 public:
  std::string quantize(Graph& graph, const std::string& reals,
                       const QParams& qparams) const override {
    return graph.add("QuantizeLinear", with_qparams(graph, reals, qparams));
  }

  std::string read(Graph& graph, const std::string& value, const QParams& qparams) const override {
    return graph.add("DequantizeLinear", with_qparams(graph, value, qparams));
  }

  std::string read_scaled(Graph& graph, const std::string& value, const QParams& qparams,
                          float scale) const override {
    return read(graph, value, {scale, qparams.zero_point});
  }

  double factor(double /*exact*/, double rounded) const override { return rounded; }

  std::string raise(Graph& graph, const std::string& reals, float scale) const override {
    const auto step = static_cast<float>(kRaisingStep * scale);
    return graph.add("Add", {reals, graph.constant("tie", scalar(step))});
  }

  std::string zero(Graph& graph, const QParams& qparams) const override {
    return graph.constant("zero_point", scalar(static_cast<uint8_t>(qparams.zero_point)));
  }

  std::string lowest(Graph& graph, const QParams& /*qparams*/) const override {
    return graph.constant("lowest", scalar(uint8_t{kMinCode}));
  }

  std::string weight(const Site& site, const runtime::Weights& weights,
                     const Requantize& requantize) const override {
    const auto largest =
        std::max_element(weights.levels.begin(), weights.levels.end(),
                         [](int16_t a, int16_t b) { return std::abs(a) < std::abs(b); });
    if (std::abs(*largest) > kLargestInt8) {
      throw Error(site.op.name + ": a weight of " + weights.format + " is " +
                  std::to_string(*largest) + ", expected levels of INT8 in ONNX style qdq");
    }
    const std::vector<int8_t> levels(weights.levels.begin(), weights.levels.end());
    return dequantized(site.graph, "weight", weights.shape, levels,
                       scales(site, weights, requantize));
  }

  std::string bias(const Site& site, const runtime::Weights& weights,
                   const Requantize& requantize) const override {
    return dequantized(site.graph, "bias", {std::ssize(requantize.bias)}, requantize.bias,
                       bias_scales(site, scales(site, weights, requantize)));
  }

 private:
  /// Those with which a sum becomes the integer network's code: its multipliers have 16 bits, and
  /// are not quite input scale * weight scale / output scale. Only channels with ties are raised,
  /// as sums of others come nearer to the middle between two codes.
  static std::vector<float> scales(const Site& site, const runtime::Weights& weights,
                                   const Requantize& requantize) {
    const double each = double{site.output_qparams().scale} / site.input_qparams().scale;
    std::vector<float> scales = weights.scales;
    for (size_t i = 0; i < scales.size(); ++i) {
      const FixedPoint& multiplier = requantize.multipliers[i];
      if (multiplier.multiplier != 0) {
        const Ties tied = has_ties(multiplier) ? ties(requantize) : Ties::kRare;
        scales[i] = static_cast<float>(raising_factor(tied) * real(multiplier) * each);
      }
    }
    return scales;
  }

  /// Constants with one scale, or one for each index of their first dimension. The zero points are
  /// 0; they are written, since onnxruntime's U8U8 mode misreads a model that leaves them out.
  template <typename Integer>
  static std::string dequantized(Graph& graph, const std::string& what,
                                 const std::vector<int64_t>& shape,
                                 const std::vector<Integer>& integers,
                                 const std::vector<float>& scales) {
    const int64_t count = std::ssize(scales);
    const std::vector<int64_t> each = count == 1 ? std::vector<int64_t>{} : std::vector{count};
    const std::vector<Integer> zeros(scales.size(), 0);
    std::vector<Attribute> axis;
    if (count > 1) {
      axis.push_back({"axis", int64_t{0}});
    }
    return graph.add("DequantizeLinear",
                     {graph.constant(what, tensor(shape, integers)),
                      graph.constant(what + "_scale", tensor(each, scales)),
                      graph.constant(what + "_zero_point", tensor(each, zeros))},
                     axis);
  }
};

}  // namespace

void write_qdq(const runtime::Program& program, Graph& graph) {
  write_real_output(program, graph, write_float(program, graph, ElementType::kUint8, Qdq{}));
}

}  // namespace floatsd::emit::onnx
