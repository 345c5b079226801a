#include <algorithm>

#include "core/json.h"
#include "core/vectorize.h"
#include "runtime/operators/numbers.h"
#include "runtime/operators/operator_kinds.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

FLOATSD_VECTORIZED
void clamp_codes(const uint8_t* __restrict codes, int64_t count, uint8_t lower, uint8_t upper,
                 uint8_t* __restrict clamped) {
  for (int64_t i = 0; i < count; ++i) {
    clamped[i] = std::min(std::max(codes[i], lower), upper);
  }
}

class ClampKernel final : public kernels::Kernel {
 public:
  explicit ClampKernel(const Clamp& clamp) : clamp_(clamp) {}

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           kernels::Scratch /*scratch*/) const override {
    clamp_codes(inputs[0].data(), static_cast<int64_t>(output.size()),
                static_cast<uint8_t>(clamp_.lower), static_cast<uint8_t>(clamp_.upper),
                output.data());
  }

 private:
  Clamp clamp_;
};

class ClampKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "clamp"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& /*op*/, std::span<const ActivationShape> inputs) const override {
    return inputs.front();
  }

  void check_numbers(const Place& place) const override {
    const auto& clamp = std::get<Clamp>(place.op.body);
    require(clamp.lower >= kMinCode, place.op.name,
            "its codes begin at " + std::to_string(clamp.lower) + ", expected 0 to 255");
    check_upper(place.op.name, clamp.upper, clamp.lower);
  }

  [[nodiscard]] int64_t accumulator_bound(const Place& /*place*/) const override { return 0; }
  [[nodiscard]] bool needs_newer_file(const Op& /*op*/) const override { return true; }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    json["lower"] = std::get<Clamp>(op.body).lower;
    json["upper"] = std::get<Clamp>(op.body).upper;
  }

  [[nodiscard]] Body read(const std::string& /*name*/, const nlohmann::json& record,
                          TensorReader& /*tensors*/) const override {
    return Clamp{.lower = integer_at<int32_t>(record, "lower"),
                 .upper = integer_at<int32_t>(record, "upper")};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t y, int64_t x) const override {
    const auto& clamp = std::get<Clamp>(op.body);
    return std::clamp(inputs[0].code(c, y, x), clamp.lower, clamp.upper);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& /*out*/) const override {
    return std::make_unique<ClampKernel>(std::get<Clamp>(place.op.body));
  }
};

}  // namespace

const OperatorKind& clamp_kind() {
  static const ClampKind kind;
  return kind;
}

}  // namespace floatsd::runtime
