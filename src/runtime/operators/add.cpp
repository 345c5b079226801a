#include <algorithm>

#include "core/refuse.h"
#include "core/vectorize.h"
#include "runtime/operators/numbers.h"
#include "runtime/operators/operator_kinds.h"

namespace floatsd::runtime {
namespace {

/// add_codes in 32 bits: |sum| < 2^25, so that a shift beyond 26 gives 0 like one of 30, and the
/// sum with its half stays below 2^31.
FLOATSD_VECTORIZED
void add_tensors(const uint8_t* __restrict a, const uint8_t* __restrict b, int64_t count,
                 int32_t by_a, int32_t by_b, int32_t shift, int32_t zero, int32_t zero_point,
                 int32_t lower, int32_t upper, uint8_t* __restrict codes) {
  shift = std::min(shift, 30);
  const int32_t offset = (int32_t{1} << (shift - 1)) - zero;
  for (int64_t i = 0; i < count; ++i) {
    const int32_t code = ((by_a * a[i] + by_b * b[i] + offset) >> shift) + zero_point;
    codes[i] = static_cast<uint8_t>(std::min(std::max(code, lower), upper));
  }
}

class AddKernel final : public kernels::Kernel {
 public:
  AddKernel(const AddRequantize& requantize, int32_t first_zero_point, int32_t second_zero_point)
      : requantize_(requantize),
        zero_(requantize.multipliers[0] * first_zero_point +
              requantize.multipliers[1] * second_zero_point) {}

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           kernels::Scratch /*scratch*/) const override {
    add_tensors(inputs[0].data(), inputs[1].data(), static_cast<int64_t>(output.size()),
                requantize_.multipliers[0], requantize_.multipliers[1], requantize_.shift, zero_,
                requantize_.output.zero_point, requantize_.lower_code(), requantize_.upper,
                output.data());
  }

 private:
  AddRequantize requantize_;
  int32_t zero_;  // what codes that mean 0 add up to
};

class AddKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "add"; }
  [[nodiscard]] std::pair<size_t, size_t> input_counts() const override { return {2, 2}; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& /*op*/, std::span<const ActivationShape> inputs) const override {
    return sum_shape(inputs[0], inputs[1]);
  }

  [[nodiscard]] const QParams* output(const Op& op) const override {
    return &std::get<Add>(op.body).requantize.output;
  }

  void check_numbers(const Place& place) const override {
    const std::string& name = place.op.name;
    const AddRequantize& found = std::get<Add>(place.op.body).requantize;
    const AddRequantize expected = named(name, [&] {
      return choose_add_requantize({place.input(0).scale, place.input(1).scale}, found.output);
    });
    for (size_t i = 0; i < found.multipliers.size(); ++i) {
      check_multiplier(name, "multiplier of input " + std::to_string(i),
                       {found.multipliers[i], found.shift},
                       {expected.multipliers[i], expected.shift});
    }
    check_upper(name, found.upper, found.lower_code());
  }

  [[nodiscard]] int64_t accumulator_bound(const Place& place) const override {
    const auto& multipliers = std::get<Add>(place.op.body).requantize.multipliers;
    return multipliers[0] * place.largest_input(0) + multipliers[1] * place.largest_input(1);
  }

  [[nodiscard]] bool needs_newer_file(const Op& op) const override {
    return std::get<Add>(op.body).requantize.upper < kMaxCode;
  }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    const AddRequantize& requantize = std::get<Add>(op.body).requantize;
    json["output"] = qparams_json(requantize.output);
    json["relu"] = requantize.relu;
    describe_upper(requantize.upper, json);
  }

  void add_numbers(const Op& op, Safetensors& file) const override {
    const AddRequantize& requantize = std::get<Add>(op.body).requantize;
    const auto& [first, second] = requantize.multipliers;
    file.tensors.emplace_back(op.name + ".multiplier", raw("I32", std::vector{first, second}));
    file.tensors.emplace_back(op.name + ".shift", raw("I32", std::vector{requantize.shift}));
  }

  [[nodiscard]] Body read(const std::string& name, const nlohmann::json& record,
                          TensorReader& tensors) const override {
    const auto multipliers = tensors.take_values<int32_t>(name + ".multiplier", "I32");
    const auto shift = tensors.take_values<int32_t>(name + ".shift", "I32");
    require(multipliers.size() == 2 && shift.size() == 1,
            name + ": " + std::to_string(multipliers.size()) + " multipliers and " +
                std::to_string(shift.size()) + " shifts, expected two and one");
    return Add{{.multipliers = {multipliers[0], multipliers[1]},
                .shift = shift[0],
                .output = qparams_from(record.at("output")),
                .relu = record.at("relu").get<bool>(),
                .upper = read_upper(record)}};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t y, int64_t x) const override {
    return add_codes(inputs[0].value(c, y, x), inputs[1].value(c, y, x),
                     std::get<Add>(op.body).requantize);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& /*out*/) const override {
    return std::make_unique<AddKernel>(std::get<Add>(place.op.body).requantize,
                                       place.input(0).zero_point, place.input(1).zero_point);
  }
};

}  // namespace

const OperatorKind& add_kind() {
  static const AddKind kind;
  return kind;
}

}  // namespace floatsd::runtime
