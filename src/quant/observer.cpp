#include "floatsd/quant/observer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/core/names.h"
#include "floatsd/quant/kernels.h"
#include "floatsd/quant/record.h"

namespace floatsd::quant {
namespace {

constexpr float kAveragingConstant = 0.01F;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
const std::array<std::string, 5> kNames = {"min-max", "moving-average", "learned", "peak",
                                           "latest"};

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

void check_finite(const Range& range) {
  const auto is_finite = [](float v) { return std::isfinite(v); };
  if (!std::all_of(range.min.begin(), range.min.end(), is_finite) ||
      !std::all_of(range.max.begin(), range.max.end(), is_finite)) {
    throw Diverged("a value that is not finite was observed");
  }
}

RangeMethod parse_range_method(std::string_view name) {
  return static_cast<RangeMethod>(find_name("observer", name, kNames));
}

std::string to_string(RangeMethod method) { return kNames[static_cast<size_t>(method)]; }

Range range_of(const at::Tensor& tensor, Granularity granularity) {
  const at::Tensor values = tensor.detach().contiguous(tensor.suggest_memory_format());
  FLOATSD_RECORD("floatsd::range_of", values);
  const int64_t rows = granularity == Granularity::kPerChannel ? values.size(0) : 1;
  const auto row = static_cast<size_t>(values.numel() / rows);
  Range range{std::vector<float>(rows), std::vector<float>(rows)};
  const auto* first = values.const_data_ptr<float>();
  for (size_t r = 0; r < range.min.size(); ++r) {
    std::tie(range.min[r], range.max[r]) = kernels::extremes({first + r * row, row});
  }
  return range;
}

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

Range Observer::range() const {
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

void Observer::set_range(const Range& range) {
  check_finite(range);
  std::copy(range.min.begin(), range.min.end(), min_.mutable_data_ptr<float>());
  std::copy(range.max.begin(), range.max.end(), max_.mutable_data_ptr<float>());
}

void Observer::observe(const Range& batch) {
  if (!has_range()) {
    set_range(batch);
    return;
  }
  check_finite(batch);
  auto* min = min_.mutable_data_ptr<float>();
  auto* max = max_.mutable_data_ptr<float>();
  for (size_t i = 0; i < batch.min.size(); ++i) {
    min[i] =
        followed(method_, min[i], batch.min[i], [](float a, float b) { return std::min(a, b); });
    max[i] =
        followed(method_, max[i], batch.max[i], [](float a, float b) { return std::max(a, b); });
  }
}

void Observer::begin_at(const Range& batch) {
  check_finite(batch);
  if (has_range()) {
    check_finite(range());
  }
  if (!(min_.const_data_ptr<float>()[0] < max_.const_data_ptr<float>()[0])) {
    set_range(batch);
  }
}

}  // namespace floatsd::quant
