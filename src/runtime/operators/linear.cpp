#include "floatsd/core/activation_shape.h"
#include "runtime/kernels/convolution_op.h"
#include "runtime/operators/operator_kinds.h"
#include "runtime/operators/weighted.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

class LinearKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "linear"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& op, std::span<const ActivationShape> inputs) const override {
    const std::vector<int64_t>& w = std::get<Linear>(op.body).weights.shape;
    require(w.size() == 2 && w[0] >= 1 && w[0] <= kMostChannels && is_size(w[1]),
            "weight shape " + shape_text(w) + ", expected [O, I]");
    require(w[1] == inputs.front().size(), "weight shape " + shape_text(w) + " does not fit " +
                                               std::to_string(inputs.front().size()) + " inputs");
    return {w[0], 1, 1};
  }

  [[nodiscard]] const QParams* output(const Op& op) const override {
    return &std::get<Linear>(op.body).requantize.output;
  }

  void check_numbers(const Place& place) const override {
    const auto& linear = std::get<Linear>(place.op.body);
    check_weighted(place, linear.weights, linear.requantize);
  }

  [[nodiscard]] int64_t accumulator_bound(const Place& place) const override {
    const auto& linear = std::get<Linear>(place.op.body);
    return weighted_bound(place, linear.weights, linear.requantize);
  }

  [[nodiscard]] bool needs_newer_file(const Op& op) const override {
    return std::get<Linear>(op.body).requantize.upper < kMaxCode;
  }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    const auto& linear = std::get<Linear>(op.body);
    describe_weighted(linear.weights, linear.requantize, json);
  }

  void add_numbers(const Op& op, Safetensors& file) const override {
    const auto& linear = std::get<Linear>(op.body);
    add_weighted_numbers(op.name, linear.weights, linear.requantize, file);
  }

  [[nodiscard]] Body read(const std::string& name, const nlohmann::json& record,
                          TensorReader& tensors) const override {
    return Linear{.weights = read_weights(name, record.at("weight"), tensors),
                  .requantize = read_requantize(name, record, tensors)};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t /*y*/, int64_t /*x*/) const override {
    const auto& linear = std::get<Linear>(op.body);
    return requantize_channel(linear.requantize, accumulate(linear, inputs[0], c), c);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& out) const override {
    return std::make_unique<kernels::ConvolutionOp>(place.op, place.in(), out,
                                                    place.input().zero_point);
  }
};

}  // namespace

int64_t accumulate(const Linear& linear, const Operand& input, int64_t o) {
  const int64_t features = linear.weights.shape[1];
  int64_t acc = 0;
  for (int64_t i = 0; i < features; ++i) {
    acc += int64_t{linear.weights.levels[o * features + i]} * (input.codes[i] - input.zero_point);
  }
  return acc;
}

const OperatorKind& linear_kind() {
  static const LinearKind kind;
  return kind;
}

}  // namespace floatsd::runtime
