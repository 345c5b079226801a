#include <algorithm>

#include "core/json.h"
#include "runtime/operators/operator_kinds.h"

namespace floatsd::runtime {
namespace {

class DownsampleKernel final : public kernels::Kernel {
 public:
  DownsampleKernel(const Downsample& downsample, const ActivationShape& in,
                   const ActivationShape& out, int32_t zero_point)
      : downsample_(downsample),
        in_(in),
        out_(out),
        zero_point_(static_cast<uint8_t>(zero_point)) {}

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           kernels::Scratch /*scratch*/) const override {
    const auto in_size = static_cast<size_t>(in_.size());
    uint8_t* next = output.data();
    for (size_t first = 0; first < inputs[0].size(); first += in_size) {
      for (int64_t y = 0; y < out_.height; ++y) {
        for (int64_t x = 0; x < out_.width; ++x) {
          const int64_t pixel = (y * in_.width + x) * downsample_.stride;
          next = std::fill_n(next, downsample_.channels_before, zero_point_);
          next = std::copy_n(inputs[0].data() + first + pixel * in_.channels, in_.channels, next);
          next = std::fill_n(next, downsample_.channels_after, zero_point_);
        }
      }
    }
  }

 private:
  Downsample downsample_;
  ActivationShape in_, out_;
  uint8_t zero_point_;
};

class DownsampleKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "downsample"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& op, std::span<const ActivationShape> inputs) const override {
    const auto& downsample = std::get<Downsample>(op.body);
    return downsample_shape(inputs.front(), downsample.stride, downsample.channels_before,
                            downsample.channels_after);
  }

  void check_numbers(const Place& /*place*/) const override {}
  [[nodiscard]] int64_t accumulator_bound(const Place& /*place*/) const override { return 0; }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    const auto& downsample = std::get<Downsample>(op.body);
    json["stride"] = downsample.stride;
    json["channels_before"] = downsample.channels_before;
    json["channels_after"] = downsample.channels_after;
  }

  [[nodiscard]] Body read(const std::string& /*name*/, const nlohmann::json& record,
                          TensorReader& /*tensors*/) const override {
    return Downsample{.stride = integer_at<int>(record, "stride"),
                      .channels_before = integer_at<int>(record, "channels_before"),
                      .channels_after = integer_at<int>(record, "channels_after")};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t y, int64_t x) const override {
    const auto& downsample = std::get<Downsample>(op.body);
    const int64_t from = c - downsample.channels_before;
    const bool is_new = from < 0 || from >= inputs[0].shape.channels;
    return is_new ? inputs[0].zero_point
                  : inputs[0].code(from, y * downsample.stride, x * downsample.stride);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& out) const override {
    return std::make_unique<DownsampleKernel>(std::get<Downsample>(place.op.body), place.in(), out,
                                              place.input().zero_point);
  }
};

}  // namespace

const OperatorKind& downsample_kind() {
  static const DownsampleKind kind;
  return kind;
}

}  // namespace floatsd::runtime
