#include "quant/observer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "floatsd/core/error.h"
#include "ops/range.h"

namespace floatsd::quant {
namespace {

constexpr float kAveragingConstant = 0.01F;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float averaged(float end, float batch) { return end + kAveragingConstant * (batch - end); }

/// One end of a range after a batch, where `outer` tells which of two values lies farther out.
template <typename Outer>
float followed(RangeMethod method, float end, float batch, const Outer& outer) {
  switch (method) {
    case RangeMethod::kMinMax:
      return outer(end, batch);
    case RangeMethod::kPeak:
      return outer(averaged(end, batch), batch);
    case RangeMethod::kLatest:
      return batch;
    case RangeMethod::kMovingAverage:
    case RangeMethod::kLearned:
      break;
  }
  return averaged(end, batch);
}

}  // namespace

Observer::Observer(RangeMethod method, int64_t entries) : method_(method) {
  const auto make = [&](const std::string& name, float value) {
    const at::Tensor end = at::full({entries}, value);
    return method == RangeMethod::kLearned ? register_parameter(name, end)
                                           : register_buffer(name, end);
  };
  min_ = make("min_val", kInfinity);
  max_ = make("max_val", -kInfinity);
}

bool Observer::has_range() const {
  return min_.const_data_ptr<float>()[0] != kInfinity ||
         max_.const_data_ptr<float>()[0] != -kInfinity;
}

ops::Range Observer::range() const {
  const auto* min = min_.const_data_ptr<float>();
  const auto* max = max_.const_data_ptr<float>();
  return {{min, min + min_.numel()}, {max, max + max_.numel()}};
}

std::optional<std::pair<at::Tensor, at::Tensor>> Observer::learned_ends() const {
  if (method_ != RangeMethod::kLearned) {
    return std::nullopt;
  }
  return std::pair{min_, max_};
}

void Observer::set_range(const ops::Range& range) {
  ops::check_finite(range);
  std::copy(range.min.begin(), range.min.end(), min_.mutable_data_ptr<float>());
  std::copy(range.max.begin(), range.max.end(), max_.mutable_data_ptr<float>());
}

void Observer::observe(const ops::Range& batch) {
  if (!has_range()) {
    set_range(batch);
    return;
  }
  ops::check_finite(batch);
  auto* min = min_.mutable_data_ptr<float>();
  auto* max = max_.mutable_data_ptr<float>();
  for (size_t i = 0; i < batch.min.size(); ++i) {
    min[i] =
        followed(method_, min[i], batch.min[i], [](float a, float b) { return std::min(a, b); });
    max[i] =
        followed(method_, max[i], batch.max[i], [](float a, float b) { return std::max(a, b); });
  }
}

void Observer::begin_at(const ops::Range& batch) {
  ops::check_finite(batch);
  if (has_range()) {
    ops::check_finite(range());
  }
  if (!(min_.const_data_ptr<float>()[0] < max_.const_data_ptr<float>()[0])) {
    set_range(batch);
  }
}

}  // namespace floatsd::quant
