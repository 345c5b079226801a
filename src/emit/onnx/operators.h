#pragma once
// What the styles share: the walk over a program's operators, and the numbers that its operators
// and ONNX's write alike.

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emit/onnx/graph.h"
#include "floatsd/core/error.h"
#include "floatsd/runtime/program.h"

namespace floatsd::emit::onnx {

/// An operator of the program, and what it reads.
struct Site {
  const runtime::Program& program;
  const runtime::Op& op;
  std::vector<Value> inputs;
  std::vector<ActivationShape> input_shapes;
  Graph& graph;

  [[nodiscard]] const QParams& input_qparams(size_t index = 0) const {
    return runtime::input_qparams(program, op, index);
  }
  [[nodiscard]] const QParams& output_qparams() const {
    return runtime::output_qparams(program, op);
  }
};

/// Inputs of QuantizeLinear and DequantizeLinear behind the value: scale and zero point.
std::vector<std::string> with_qparams(Graph& graph, const std::string& value,
                                      const QParams& qparams);

/// Declares the network's output, which the nodes that are added next make of `last`. The name of
/// the value that they read: `last`, or its row of features if it is an image of one pixel.
std::string begin_output(const runtime::Program& program, Graph& graph, const Value& last);

/// Makes the real values of the last operator's codes the network's output.
void write_real_output(const runtime::Program& program, Graph& graph, const Value& last);

/// Calls `write(site, body)`, whose last node gives a Value of that type, for each operator in
/// order, and gives that the operator's name; the last one's. Throws Error with the operator's name
/// if `write` has no overload for its kind.
template <typename Write>
Value write_operators(const runtime::Program& program, Graph& graph, const Value& input,
                      ElementType type, const Write& write) {
  const std::vector<ActivationShape> shapes = runtime::output_shapes(program);
  std::vector<Value> values;
  for (const runtime::Op& op : program.ops) {
    Site site{.program = program, .op = op, .inputs = {}, .input_shapes = {}, .graph = graph};
    for (size_t i = 0; i < op.inputs.size(); ++i) {
      const int from = op.inputs[i];
      site.inputs.push_back(from == runtime::kNetworkInput ? input : values[from]);
      site.input_shapes.push_back(runtime::input_shape(program, op, shapes, i));
    }
    graph.enter(op.name);
    values.push_back(std::visit(
        [&](const auto& body) -> Value {
          if constexpr (requires { write(site, body); }) {
            return write(site, body);
          } else {
            throw Error(op.name + ": a " + runtime::kind(op) + " has no form in ONNX yet");
          }
        },
        op.body));
    values.back().name = graph.finish();
    graph.describe(values.back(), type, shapes[values.size() - 1]);
  }
  return values.back();
}

/// Attributes of a convolution; of a maximum over pool x pool windows.
std::vector<Attribute> window_attributes(const runtime::Conv2d& conv);
std::vector<Attribute> pool_attributes(int pool);

/// Attributes of windows over that input, with as much padding behind as the last window needs:
/// ONNX's own ceil_mode differs from version to version.
std::vector<Attribute> window_attributes(const Window& window, const ActivationShape& in);

/// Adds the operator on images `input`. `lowest` names a constant that stands for code 0, for
/// padding that reaches the kernel, which onnxruntime's MaxPool refuses.
Value write_max_pool(const Site& site, const runtime::MaxPool& pool, const std::string& input,
                     const std::function<std::string()>& lowest);

/// Adds the operator, which moves values alone.
Value write_flatten(const Site& site, const runtime::Flatten& flatten);

/// Adds the operator, whose new channels hold the constant `zero`.
Value write_downsample(const Site& site, const runtime::Downsample& downsample,
                       const std::string& input, const std::string& zero);

}  // namespace floatsd::emit::onnx
