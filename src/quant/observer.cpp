#include "floatsd/quant/observer.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/core/suggest.h"

namespace floatsd::quant {
namespace {

constexpr double kAveragingConstant = 0.01;
const std::array<std::string, 2> kNames = {"min-max", "moving-average"};

}  // namespace

RangeMethod parse_range_method(std::string_view name) {
  if (name == kNames[0]) {
    return RangeMethod::kMinMax;
  }
  if (name == kNames[1]) {
    return RangeMethod::kMovingAverage;
  }
  throw Error("observer '" + std::string(name) + "' is unknown" + suggest(name, kNames));
}

std::string to_string(RangeMethod method) { return kNames[static_cast<size_t>(method)]; }

Range range_of(const at::Tensor& tensor, Granularity granularity) {
  const at::Tensor values = tensor.detach();
  if (granularity == Granularity::kPerTensor) {
    auto [min, max] = at::aminmax(values);
    return {min, max};
  }
  auto [min, max] = at::aminmax(values.reshape({values.size(0), -1}), /*dim=*/1);
  return {min, max};
}

Observer::Observer(RangeMethod method, int64_t channels) : method_(method) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<int64_t> shape = channels == 0 ? std::vector<int64_t>{} : std::vector{channels};
  range_.min = register_buffer("min_val", at::full(shape, kInfinity));
  range_.max = register_buffer("max_val", at::full(shape, -kInfinity));
}

bool Observer::has_range() const { return !range_.min.isinf().any().item<bool>(); }

void Observer::observe(const Range& batch) {
  const torch::NoGradGuard no_grad;
  if (!(at::isfinite(batch.min).all() & at::isfinite(batch.max).all()).item<bool>()) {
    throw Diverged("a value that is not finite was observed");
  }
  if (!has_range()) {
    range_.min.copy_(batch.min);
    range_.max.copy_(batch.max);
  } else if (method_ == RangeMethod::kMinMax) {
    range_.min.copy_(at::minimum(range_.min, batch.min));
    range_.max.copy_(at::maximum(range_.max, batch.max));
  } else {
    range_.min.add_(batch.min - range_.min, kAveragingConstant);
    range_.max.add_(batch.max - range_.max, kAveragingConstant);
  }
}

}  // namespace floatsd::quant
