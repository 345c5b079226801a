// The two averages: over a whole image, and over windows.

#include <algorithm>

#include "core/json.h"
#include "core/vectorize.h"
#include "core/window_json.h"
#include "floatsd/core/pool_counts.h"
#include "runtime/operators/numbers.h"
#include "runtime/operators/operator_kinds.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

using kernels::Scratch;

FLOATSD_VECTORIZED
void add_pixel(const uint8_t* __restrict codes, int64_t channels, int32_t zero_point,
               int32_t* __restrict acc) {
  for (int64_t c = 0; c < channels; ++c) {
    acc[c] += codes[c] - zero_point;
  }
}

int32_t average_code(int64_t acc, FixedPoint multiplier, const QParams& output) {
  return requantize(acc, multiplier, output.zero_point, kMinCode);
}

/// Throws if the multiplier is not that of a mean over `count` codes.
void check_average(const Place& place, const std::string& which, FixedPoint found, int64_t count,
                   const QParams& output) {
  const FixedPoint expected = named(
      place.op.name, [&] { return average_multiplier(place.input().scale, count, output.scale); });
  check_multiplier(place.op.name, which, found, expected);
}

/// Sums windows of an image, and requantizes each sum by its own multiplier.
class AverageKernel final : public kernels::Kernel {
 public:
  /// One multiplier for each pixel of the output.
  AverageKernel(const Window& window, std::vector<FixedPoint> multipliers, const QParams& output,
                const ActivationShape& in, const ActivationShape& out, int32_t zero_point)
      : window_(window),
        multipliers_(std::move(multipliers)),
        output_(output),
        in_(in),
        out_(out),
        zero_point_(zero_point) {}

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch scratch) const override {
    const auto sums = scratch.take<int32_t>(in_.channels);
    uint8_t* next = output.data();
    const auto in_size = static_cast<size_t>(in_.size());
    for (size_t first = 0; first < inputs[0].size(); first += in_size) {
      for (int64_t pixel = 0; pixel < out_.height * out_.width; ++pixel) {
        sum_window(inputs[0].data() + first, pixel / out_.width, pixel % out_.width, sums);
        for (const int32_t acc : sums) {
          *next++ = static_cast<uint8_t>(average_code(acc, multipliers_[pixel], output_));
        }
      }
    }
  }

  [[nodiscard]] size_t scratch_bytes() const override {
    return Scratch::bytes<int32_t>(in_.channels);
  }

 private:
  void sum_window(const uint8_t* image, int64_t row, int64_t column, std::span<int32_t> acc) const {
    std::fill(acc.begin(), acc.end(), 0);
    const int64_t top = row * window_.stride.height - window_.padding.top;
    const int64_t left = column * window_.stride.width - window_.padding.left;
    const int64_t bottom = std::min<int64_t>(top + window_.size.height, in_.height);
    const int64_t right = std::min<int64_t>(left + window_.size.width, in_.width);
    for (int64_t y = std::max<int64_t>(top, 0); y < bottom; ++y) {
      for (int64_t x = std::max<int64_t>(left, 0); x < right; ++x) {
        add_pixel(image + (y * in_.width + x) * in_.channels, in_.channels, zero_point_,
                  acc.data());
      }
    }
  }

  Window window_;
  std::vector<FixedPoint> multipliers_;
  QParams output_;
  ActivationShape in_, out_;
  int32_t zero_point_;
};

class GlobalAveragePoolKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "global_average_pool"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& /*op*/, std::span<const ActivationShape> inputs) const override {
    return {inputs.front().channels, 1, 1};
  }

  [[nodiscard]] const QParams* output(const Op& op) const override {
    return &std::get<GlobalAveragePool>(op.body).output;
  }

  void check_numbers(const Place& place) const override {
    const auto& pool = std::get<GlobalAveragePool>(place.op.body);
    check_average(place, "its multiplier", pool.multiplier, pixels(place), pool.output);
  }

  [[nodiscard]] int64_t accumulator_bound(const Place& place) const override {
    return pixels(place) * place.largest_input();
  }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    json["output"] = qparams_json(std::get<GlobalAveragePool>(op.body).output);
  }

  void add_numbers(const Op& op, Safetensors& file) const override {
    add_fixed_points(op.name, {std::get<GlobalAveragePool>(op.body).multiplier}, file);
  }

  [[nodiscard]] Body read(const std::string& name, const nlohmann::json& record,
                          TensorReader& tensors) const override {
    const std::vector<FixedPoint> multiplier = read_fixed_points(name, tensors);
    require(multiplier.size() == 1, name,
            std::to_string(multiplier.size()) + " multipliers, expected one");
    return GlobalAveragePool{.multiplier = multiplier[0],
                             .output = qparams_from(record.at("output"))};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t /*y*/, int64_t /*x*/) const override {
    const auto& pool = std::get<GlobalAveragePool>(op.body);
    int64_t acc = 0;
    for (int64_t y = 0; y < inputs[0].shape.height; ++y) {
      for (int64_t x = 0; x < inputs[0].shape.width; ++x) {
        acc += inputs[0].value(c, y, x);
      }
    }
    return average_code(acc, pool.multiplier, pool.output);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& out) const override {
    const auto& pool = std::get<GlobalAveragePool>(place.op.body);
    const Extent whole(static_cast<int>(place.in().height), static_cast<int>(place.in().width));
    return std::make_unique<AverageKernel>(Window{.size = whole}, std::vector{pool.multiplier},
                                           pool.output, place.in(), out, place.input().zero_point);
  }

 private:
  static int64_t pixels(const Place& place) { return place.in().height * place.in().width; }
};

class AveragePoolKind final : public OperatorKind {
 public:
  [[nodiscard]] const char* name() const override { return "average_pool"; }

  [[nodiscard]] ActivationShape output_shape(
      const Op& op, std::span<const ActivationShape> inputs) const override {
    return pool_shape(std::get<AveragePool>(op.body).window, inputs.front());
  }

  [[nodiscard]] const QParams* output(const Op& op) const override {
    return &std::get<AveragePool>(op.body).output;
  }

  void check_numbers(const Place& place) const override {
    const auto& pool = std::get<AveragePool>(place.op.body);
    require(pool.window.dilation == Extent(1), place.op.name,
            "an average of values that lie apart, expected no dilation");
    const std::vector<int64_t> counts = pool_counts(pool, place.in()).distinct();
    require(pool.multipliers.size() == counts.size(), place.op.name,
            std::to_string(pool.multipliers.size()) + " multipliers, expected " +
                std::to_string(counts.size()) + ", one for each number of values in a window");
    for (size_t i = 0; i < counts.size(); ++i) {
      check_average(place, "multiplier of " + std::to_string(counts[i]) + " values",
                    pool.multipliers[i], counts[i], pool.output);
    }
  }

  [[nodiscard]] int64_t accumulator_bound(const Place& place) const override {
    const auto& pool = std::get<AveragePool>(place.op.body);
    return count_pooled(pool.window, place.in(), PaddingCounts::kNo).distinct().back() *
           place.largest_input();
  }

  [[nodiscard]] bool needs_newer_file(const Op& /*op*/) const override { return true; }

  void describe(const Op& op, nlohmann::ordered_json& json) const override {
    const auto& pool = std::get<AveragePool>(op.body);
    json["output"] = qparams_json(pool.output);
    describe_pool(pool.window, json);
    json["count_include_pad"] = pool.padding_counts == PaddingCounts::kYes;
  }

  void add_numbers(const Op& op, Safetensors& file) const override {
    add_fixed_points(op.name, std::get<AveragePool>(op.body).multipliers, file);
  }

  [[nodiscard]] Body read(const std::string& name, const nlohmann::json& record,
                          TensorReader& tensors) const override {
    return AveragePool{.window = read_pool(record),
                       .padding_counts = record.at("count_include_pad").get<bool>()
                                             ? PaddingCounts::kYes
                                             : PaddingCounts::kNo,
                       .multipliers = read_fixed_points(name, tensors),
                       .output = qparams_from(record.at("output"))};
  }

  [[nodiscard]] int32_t output_code(const Op& op, std::span<const Operand> inputs, int64_t c,
                                    int64_t y, int64_t x) const override {
    const auto& pool = std::get<AveragePool>(op.body);
    const auto& [size, stride, padding, dilation, ceil_mode] = pool.window;
    int64_t acc = 0;
    for (int64_t ky = 0; ky < size.height; ++ky) {
      for (int64_t kx = 0; kx < size.width; ++kx) {
        acc += inputs[0].value(c, y * stride.height + ky * dilation.height - padding.top,
                               x * stride.width + kx * dilation.width - padding.left);
      }
    }
    return average_code(acc, multiplier_at(pool, inputs[0].shape, y, x), pool.output);
  }

  [[nodiscard]] std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& out) const override {
    const auto& pool = std::get<AveragePool>(place.op.body);
    return std::make_unique<AverageKernel>(pool.window, pixel_multipliers(pool, place.in()),
                                           pool.output, place.in(), out, place.input().zero_point);
  }
};

}  // namespace

const OperatorKind& global_average_pool_kind() {
  static const GlobalAveragePoolKind kind;
  return kind;
}

const OperatorKind& average_pool_kind() {
  static const AveragePoolKind kind;
  return kind;
}

}  // namespace floatsd::runtime
