#include <limits>

#include "core/json.h"
#include "core/window_json.h"
#include "runtime/kernels/convolution_op.h"
#include "runtime/operators/operator_kinds.h"
#include "runtime/operators/weighted.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

class Conv2dKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "conv2d"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& op, std::span<const ActivationShape> inputs) const override {
    const auto& conv = std::get<Conv2d>(op.body);
    const ActivationShape& in = inputs.front();
    const std::vector<int64_t>& w = conv.weights.shape;
    require(w.size() == 4 && are_sizes(w),
            "weight shape " + shape_text(w) + ", expected [O, I / groups, Kh, Kw]");
    require(is_size(conv.groups) && in.channels == w[1] * conv.groups && w[0] % conv.groups == 0,
            "weight shape " + shape_text(w) + " with " + std::to_string(conv.groups) +
                " groups does not fit " + std::to_string(in.channels) + " input channels");
    return slide({.size = conv.pool, .stride = conv.pool}, slide(conv.window(), in, w[0]), w[0]);
  }

  [[nodiscard]] const QParams* output(const Op& op) const override {
    return &std::get<Conv2d>(op.body).requantize.output;
  }

  void check_numbers(const Place& place) const override {
    const auto& conv = std::get<Conv2d>(place.op.body);
    check_weighted(place, conv.weights, conv.requantize);
  }

  [[nodiscard]] int64_t accumulator_bound(const Place& place) const override {
    const auto& conv = std::get<Conv2d>(place.op.body);
    return weighted_bound(place, conv.weights, conv.requantize);
  }

  [[nodiscard]] bool needs_newer_file(const Op& op) const override {
    const auto& conv = std::get<Conv2d>(op.body);
    return conv.stride != Extent(conv.stride.height) || conv.dilation != Extent(1) ||
           conv.padding != Padding(conv.padding.top) || conv.requantize.upper < kMaxCode;
  }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    const auto& conv = std::get<Conv2d>(op.body);
    describe_weighted(conv.weights, conv.requantize, json);
    json["stride"] = to_json(conv.stride);
    json["padding"] = to_json(conv.padding);
    if (conv.dilation != Extent(1)) {
      json["dilation"] = to_json(conv.dilation);
    }
    json["groups"] = conv.groups;
    json["pool"] = conv.pool;
  }

  void add_numbers(const Op& op, Safetensors& file) const override {
    const auto& conv = std::get<Conv2d>(op.body);
    add_weighted_numbers(op.name, conv.weights, conv.requantize, file);
  }

  [[nodiscard]] Body read(const std::string& name, const nlohmann::json& record,
                          TensorReader& tensors) const override {
    return Conv2d{.weights = read_weights(name, record.at("weight"), tensors),
                  .requantize = read_requantize(name, record, tensors),
                  .stride = value_at(record, "stride", extent_from),
                  .padding = value_at(record, "padding", padding_from),
                  .dilation = record.contains("dilation")
                                  ? value_at(record, "dilation", extent_from)
                                  : Extent(1),
                  .groups = integer_at<int>(record, "groups"),
                  .pool = integer_at<int>(record, "pool")};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t y, int64_t x) const override {
    const auto& conv = std::get<Conv2d>(op.body);
    int64_t largest = std::numeric_limits<int64_t>::min();
    for (int64_t py = 0; py < conv.pool; ++py) {
      for (int64_t px = 0; px < conv.pool; ++px) {
        largest = std::max(largest,
                           accumulate(conv, inputs[0], c, y * conv.pool + py, x * conv.pool + px));
      }
    }
    return requantize_channel(conv.requantize, largest, c);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& out) const override {
    return std::make_unique<kernels::ConvolutionOp>(place.op, place.in(), out,
                                                    place.input().zero_point);
  }
};

}  // namespace

int64_t accumulate(const Conv2d& conv, const Operand& input, int64_t o, int64_t y, int64_t x) {
  const auto& w = conv.weights.shape;
  const int64_t first_channel = o / (w[0] / conv.groups) * w[1];
  const int16_t* level = conv.weights.levels.data() + o * w[1] * w[2] * w[3];
  const Window by = conv.window();
  int64_t acc = 0;
  for (int64_t i = 0; i < w[1]; ++i) {
    for (int64_t ky = 0; ky < w[2]; ++ky) {
      for (int64_t kx = 0; kx < w[3]; ++kx) {
        acc += int64_t{*level++} *
               input.value(first_channel + i,
                           y * by.stride.height + ky * by.dilation.height - by.padding.top,
                           x * by.stride.width + kx * by.dilation.width - by.padding.left);
      }
    }
  }
  return acc;
}

const OperatorKind& conv2d_kind() {
  static const Conv2dKind kind;
  return kind;
}

}  // namespace floatsd::runtime
