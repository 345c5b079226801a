#pragma once
// Learned range: the gradients that the ends of an activation's range get from its codes.

#include <ATen/core/Tensor.h>

#include "floatsd/core/qparams.h"
#include "floatsd/ops/codes.h"
#include "ops/shards.h"

namespace floatsd::ops {

/// The same codes [N, C, ...], whose gradient passes unchanged and also gives, for y = code's
/// value,
///
///     d max = the sum of d y over codes of 255
///     d min = the sum of d y over codes of 0
///
/// and none for an end whose code is the value 0 (zero_point 255 or 0).
/// The sums are over all ranks' codes if there are shards.
/// `min` and `max` ([1]) are the parameters that qparams was chosen from. Source: Choi et al. 2018
/// (PACT), for both ends; values within half a step inside an end count as beyond it.
Codes learn_range(const Codes& codes, QParams qparams, const at::Tensor& min, const at::Tensor& max,
                  const ShardsPtr& shards = {});

}  // namespace floatsd::ops
