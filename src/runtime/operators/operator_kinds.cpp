#include "runtime/operators/operator_kinds.h"

#include <algorithm>
#include <iterator>

namespace floatsd::runtime {
namespace {

/// In the order of Op::body.
const std::vector<const OperatorKind*>& kinds() {
  static const std::vector<const OperatorKind*> all = {
      &conv2d_kind(),     &linear_kind(), &add_kind(),      &global_average_pool_kind(),
      &downsample_kind(), &concat_kind(), &max_pool_kind(), &average_pool_kind(),
      &flatten_kind(),    &clamp_kind()};
  return all;
}

}  // namespace

const OperatorKind& kind_of(const Op& op) { return *kinds().at(op.body.index()); }

const OperatorKind* find_kind(const std::string& name) {
  const auto found = std::find_if(kinds().begin(), kinds().end(),
                                  [&](const OperatorKind* kind) { return kind->name() == name; });
  return found == kinds().end() ? nullptr : *found;
}

int64_t Place::largest_input(size_t index) const {
  const int32_t zero_point = input(index).zero_point;
  return std::max(zero_point, kMaxCode - zero_point);
}

}  // namespace floatsd::runtime
