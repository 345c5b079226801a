#include "ops/range.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "floatsd/core/error.h"
#include "ops/kernels.h"
#include "ops/record.h"

namespace floatsd::ops {

void check_finite(const Range& range) {
  const auto is_finite = [](float v) { return std::isfinite(v); };
  if (!std::all_of(range.min.begin(), range.min.end(), is_finite) ||
      !std::all_of(range.max.begin(), range.max.end(), is_finite)) {
    throw Diverged("a value that is not finite was observed");
  }
}

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

}  // namespace floatsd::ops
