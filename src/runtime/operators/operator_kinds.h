#pragma once
// Every kind of operator, one object each.

#include "runtime/operators/operator_kind.h"

namespace floatsd::runtime {

const OperatorKind& conv2d_kind();
const OperatorKind& linear_kind();
const OperatorKind& add_kind();
const OperatorKind& global_average_pool_kind();
const OperatorKind& downsample_kind();
const OperatorKind& concat_kind();
const OperatorKind& max_pool_kind();
const OperatorKind& average_pool_kind();
const OperatorKind& flatten_kind();
const OperatorKind& clamp_kind();

}  // namespace floatsd::runtime
