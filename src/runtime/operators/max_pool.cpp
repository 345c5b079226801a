#include <algorithm>

#include "core/json.h"
#include "core/vectorize.h"
#include "core/window_json.h"
#include "runtime/operators/numbers.h"
#include "runtime/operators/operator_kinds.h"

namespace floatsd::runtime {
namespace {

FLOATSD_VECTORIZED
void take_larger(const uint8_t* __restrict codes, int64_t channels, uint8_t* __restrict largest) {
  for (int64_t c = 0; c < channels; ++c) {
    largest[c] = std::max(largest[c], codes[c]);
  }
}

class MaxPoolKernel final : public kernels::Kernel {
 public:
  MaxPoolKernel(const Window& window, const ActivationShape& in, const ActivationShape& out)
      : window_(window), in_(in), out_(out) {}

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           kernels::Scratch /*scratch*/) const override {
    std::fill(output.begin(), output.end(), uint8_t{0});  // no code is less
    uint8_t* next = output.data();
    const auto in_size = static_cast<size_t>(in_.size());
    for (size_t first = 0; first < inputs[0].size(); first += in_size) {
      for (int64_t y = 0; y < out_.height; ++y) {
        for (int64_t x = 0; x < out_.width; ++x, next += in_.channels) {
          pool_window(inputs[0].data() + first, y * window_.stride.height - window_.padding.top,
                      x * window_.stride.width - window_.padding.left, next);
        }
      }
    }
  }

 private:
  void pool_window(const uint8_t* image, int64_t top, int64_t left, uint8_t* largest) const {
    for (int64_t i = 0; i < window_.size.height; ++i) {
      const int64_t y = top + i * window_.dilation.height;
      for (int64_t j = 0; j < window_.size.width; ++j) {
        const int64_t x = left + j * window_.dilation.width;
        if (y >= 0 && y < in_.height && x >= 0 && x < in_.width) {
          take_larger(image + (y * in_.width + x) * in_.channels, in_.channels, largest);
        }
      }
    }
  }

  Window window_;
  ActivationShape in_, out_;
};

class MaxPoolKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "max_pool"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& op, std::span<const ActivationShape> inputs) const override {
    return pool_shape(std::get<MaxPool>(op.body).window, inputs.front());
  }

  void check_numbers(const Place& /*place*/) const override {}
  [[nodiscard]] int64_t accumulator_bound(const Place& /*place*/) const override { return 0; }
  [[nodiscard]] bool needs_newer_file(const Op& /*op*/) const override { return true; }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    const Window& window = std::get<MaxPool>(op.body).window;
    describe_pool(window, json);
    json["dilation"] = to_json(window.dilation);
  }

  [[nodiscard]] Body read(const std::string& /*name*/, const nlohmann::json& record,
                          TensorReader& /*tensors*/) const override {
    MaxPool pool{read_pool(record)};
    pool.window.dilation = value_at(record, "dilation", extent_from);
    return pool;
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t y, int64_t x) const override {
    const auto& [size, stride, padding, dilation, ceil_mode] = std::get<MaxPool>(op.body).window;
    int32_t largest = kMinCode;
    for (int64_t ky = 0; ky < size.height; ++ky) {
      for (int64_t kx = 0; kx < size.width; ++kx) {
        const int64_t row = y * stride.height + ky * dilation.height - padding.top;
        const int64_t column = x * stride.width + kx * dilation.width - padding.left;
        if (inputs[0].is_inside(row, column)) {
          largest = std::max(largest, inputs[0].code(c, row, column));
        }
      }
    }
    return largest;
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& out) const override {
    return std::make_unique<MaxPoolKernel>(std::get<MaxPool>(place.op.body).window, place.in(),
                                           out);
  }
};

}  // namespace

const OperatorKind& max_pool_kind() {
  static const MaxPoolKind kind;
  return kind;
}

}  // namespace floatsd::runtime
