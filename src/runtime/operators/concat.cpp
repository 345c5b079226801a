#include <algorithm>
#include <array>

#include "runtime/operators/numbers.h"
#include "runtime/operators/operator_kinds.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

int32_t concat_code(const Concat& concat, size_t input, int32_t value) {
  return requantize(value, concat.multipliers[input], concat.output.zero_point, kMinCode);
}

/// A table of codes for each input.
class ConcatKernel final : public kernels::Kernel {
 public:
  explicit ConcatKernel(const Place& place) {
    const auto& concat = std::get<Concat>(place.op.body);
    for (size_t i = 0; i < place.inputs.size(); ++i) {
      channels_.push_back(place.inputs[i].channels);
      tables_.emplace_back();
      for (int32_t code = kMinCode; code <= kMaxCode; ++code) {
        const int32_t value = code - place.input(i).zero_point;
        tables_[i][code] = static_cast<uint8_t>(concat_code(concat, i, value));
      }
    }
  }

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           kernels::Scratch /*scratch*/) const override {
    uint8_t* next = output.data();
    const auto pixels = static_cast<int64_t>(inputs[0].size()) / channels_[0];  // of all images
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      for (size_t i = 0; i < inputs.size(); ++i) {
        const uint8_t* from = inputs[i].data() + pixel * channels_[i];
        next = std::transform(from, from + channels_[i], next,
                              [&](uint8_t code) { return tables_[i][code]; });
      }
    }
  }

 private:
  std::vector<int64_t> channels_;
  std::vector<std::array<uint8_t, kMaxCode + 1>> tables_;
};

class ConcatKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "concat"; }
  [[nodiscard]] std::pair<size_t, size_t> input_counts() const override {
    return {2, kMostConcatInputs};
  }

  [[nodiscard]] ActivationShape output_shape(
      const Op& /*op*/, std::span<const ActivationShape> inputs) const override {
    return concat_shape(inputs);
  }

  [[nodiscard]] const QParams* output(const Op& op) const override {
    return &std::get<Concat>(op.body).output;
  }

  void check_numbers(const Place& place) const override {
    const auto& concat = std::get<Concat>(place.op.body);
    require(concat.multipliers.size() == place.inputs.size(), place.op.name,
            std::to_string(concat.multipliers.size()) + " multipliers, expected " +
                std::to_string(place.inputs.size()) + ", one for each input");
    for (size_t i = 0; i < place.inputs.size(); ++i) {
      check_multiplier(place.op.name, "multiplier of input " + std::to_string(i),
                       concat.multipliers[i], named(place.op.name, [&] {
                         return average_multiplier(place.input(i).scale, 1, concat.output.scale);
                       }));
    }
  }

  [[nodiscard]] int64_t accumulator_bound(const Place& place) const override {
    int64_t bound = 0;
    for (size_t i = 0; i < place.inputs.size(); ++i) {
      bound = std::max(bound, place.largest_input(i));
    }
    return bound;
  }

  [[nodiscard]] bool needs_newer_file(const Op& /*op*/) const override { return true; }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    json["output"] = qparams_json(std::get<Concat>(op.body).output);
  }

  void add_numbers(const Op& op, Safetensors& file) const override {
    add_fixed_points(op.name, std::get<Concat>(op.body).multipliers, file);
  }

  [[nodiscard]] Body read(const std::string& name, const nlohmann::json& record,
                          TensorReader& tensors) const override {
    return Concat{.multipliers = read_fixed_points(name, tensors),
                  .output = qparams_from(record.at("output"))};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t y, int64_t x) const override {
    size_t i = 0;
    while (c >= inputs[i].shape.channels) {
      c -= inputs[i++].shape.channels;
    }
    return concat_code(std::get<Concat>(op.body), i, inputs[i].value(c, y, x));
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& /*out*/) const override {
    return std::make_unique<ConcatKernel>(place);
  }
};

}  // namespace

const OperatorKind& concat_kind() {
  static const ConcatKind kind;
  return kind;
}

}  // namespace floatsd::runtime
