#pragma once
// A network of float operators between quantizers. Styles differ in the quantizers alone.

#include <string>

#include "emit/onnx/operators.h"

namespace floatsd::emit::onnx {

/// How a style quantizes: each adds nodes and gives the name of their output. A Value between
/// operators is what `quantize` made, and `read` gives the reals of it.
class Quantizers {
 public:
  Quantizers() = default;
  Quantizers(const Quantizers&) = delete;
  Quantizers& operator=(const Quantizers&) = delete;
  virtual ~Quantizers() = default;

  [[nodiscard]] virtual std::string quantize(Graph& graph, const std::string& reals,
                                             const QParams& qparams) const = 0;
  [[nodiscard]] virtual std::string read(Graph& graph, const std::string& value,
                                         const QParams& qparams) const = 0;
  /// The reals of it, for an operator whose integers take that scale in the place of qparams',
  /// which it rounds (to multipliers of 16 bits). A style of reals knows no other scale.
  [[nodiscard]] virtual std::string read_scaled(Graph& graph, const std::string& value,
                                                const QParams& qparams, float scale) const = 0;
  /// What multiplies a sum of reals if its integers are multiplied by `rounded`, of 16 bits, which
  /// stands for `exact`. A style of reals knows no other factor.
  [[nodiscard]] virtual double factor(double exact, double rounded) const = 0;
  /// Reals so much larger that ties between codes, `scale` apart, round up as the integer network's
  /// do, if the style does that.
  [[nodiscard]] virtual std::string raise(Graph& graph, const std::string& reals,
                                          float scale) const = 0;
  /// What stands for the real number 0 in a Value.
  [[nodiscard]] virtual std::string zero(Graph& graph, const QParams& qparams) const = 0;
  /// What stands for code 0 in a Value.
  [[nodiscard]] virtual std::string lowest(Graph& graph, const QParams& qparams) const = 0;
  /// The real weights of the site's operator; its real biases.
  [[nodiscard]] virtual std::string weight(const Site& site, const runtime::Weights& weights,
                                           const Requantize& requantize) const = 0;
  [[nodiscard]] virtual std::string bias(const Site& site, const runtime::Weights& weights,
                                         const Requantize& requantize) const = 0;
};

/// The real value of a code.
inline float real_of(const QParams& qparams, int32_t code) {
  return static_cast<float>(code - qparams.zero_point) * qparams.scale;
}

/// Scale of a layer's biases: input scale * weight scale, one or one for each channel.
std::vector<float> bias_scales(const Site& site, const std::vector<float>& weight_scales);

/// Adds the input, float [N, C, H, W], and all operators, which give values of that type; the last
/// one's.
Value write_float(const runtime::Program& program, Graph& graph, ElementType type,
                  const Quantizers& quantizers);

}  // namespace floatsd::emit::onnx
