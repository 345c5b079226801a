#include <algorithm>

#include "floatsd/core/error.h"
#include "runtime/kernels/layout.h"
#include "runtime/operators/operator_kinds.h"

namespace floatsd::runtime {
namespace {

class FlattenKernel final : public kernels::Kernel {
 public:
  FlattenKernel(AxesOrder order, const ActivationShape& in) : order_(order), in_(in) {}

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           kernels::Scratch /*scratch*/) const override {
    if (order_ == AxesOrder::kChannelsLast) {  // as they lie already
      std::copy(inputs[0].begin(), inputs[0].end(), output.begin());
      return;
    }
    const auto size = static_cast<size_t>(in_.size());
    for (size_t first = 0; first < output.size(); first += size) {
      kernels::to_chw(in_, inputs[0].subspan(first, size), output.subspan(first, size));
    }
  }

 private:
  AxesOrder order_;
  ActivationShape in_;
};

class FlattenKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "flatten"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& /*op*/, std::span<const ActivationShape> inputs) const override {
    return flat_shape(inputs.front());
  }

  void check_numbers(const Place& /*place*/) const override {}
  [[nodiscard]] int64_t accumulator_bound(const Place& /*place*/) const override { return 0; }
  [[nodiscard]] bool needs_newer_file(const Op& /*op*/) const override { return true; }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    json["order"] = to_string(std::get<Flatten>(op.body).order);
  }

  [[nodiscard]] Body read(const std::string& /*name*/, const nlohmann::json& record,
                          TensorReader& /*tensors*/) const override {
    return Flatten{axes_order_from(record.at("order").get<std::string>())};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t feature,
                                    int64_t /*y*/, int64_t /*x*/) const override {
    const ActivationShape& in = inputs[0].shape;
    if (std::get<Flatten>(op.body).order == AxesOrder::kChannelsFirst) {
      return inputs[0].codes[feature];
    }
    const int64_t pixel = feature / in.channels;
    return inputs[0].code(feature % in.channels, pixel / in.width, pixel % in.width);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& /*out*/) const override {
    return std::make_unique<FlattenKernel>(std::get<Flatten>(place.op.body).order, place.in());
  }
};

}  // namespace

const OperatorKind& flatten_kind() {
  static const FlattenKind kind;
  return kind;
}

}  // namespace floatsd::runtime
