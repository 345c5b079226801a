#pragma once
// Batch norm on accumulators: what quantized training computes while batch statistics normalize.
// The layer's weights were scaled by f = gamma / sqrt(running variance + epsilon) before they were
// quantized (Krishnamoorthi 2018, section 3.2.2); what normalizes is the convolution of the
// unscaled weights, z = acc * unit / f. Batch norm does not see a factor on its input but through
// epsilon, so the division is never made: it stands in each channel's constants.
//
// Fused kernels (ops/normalize_kernels.h) run; tests hold them against ATen (tests/ops).

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "floatsd/core/qparams.h"
#include "floatsd/ops/codes.h"
#include "ops/accumulators.h"
#include "ops/range.h"

namespace floatsd::ops {

/// Of each channel of accumulators [N, C, ...].
struct ChannelStatistics {
  std::vector<double> mean, variance;  ///< variance is biased
  Range range;
  int64_t count = 0;  ///< values a channel
};
ChannelStatistics channel_statistics(const Accumulators& accumulators);

/// A batch's constants for each channel:
/// normalized = (acc - mean) * inverse_deviation; y = gamma * normalized + beta.
struct Normalization {
  std::vector<double> mean;               ///< of accumulators
  std::vector<double> inverse_deviation;  ///< ratio / sqrt(var(z) + epsilon)
  std::vector<double> shrinkage;          ///< var(z) / (var(z) + epsilon)
  Range range;  ///< of accumulators: each lies in it, and it has one entry a channel
  QParams output;
  bool relu = false;
};

/// The constants by which a batch of accumulators normalizes itself, where what batch norm sees is
/// z = acc * ratio[c] (ratio = unit / f). Output and relu are left to the caller.
Normalization choose_normalization(const ChannelStatistics& batch, const std::vector<double>& ratio,
                                   double epsilon);

/// y = slope[c] * acc + offset[c].
struct ChannelAffine {
  std::vector<double> slope, offset;
};
ChannelAffine to_affine(const Normalization& constants, const std::vector<float>& gamma,
                        const std::vector<float>& beta);

/// Output codes: clamp(floor(y / scale + 1/2) + zero_point, lower, 255), lower as in Requantize,
/// from accumulators [N, C, ...] and gamma, beta [C]. Computed in float32.
///
/// Backward, with h = grad / scale where the code was not clamped (under a ReLU: y > 0), n values a
/// channel, S1 = sum h, S2 = sum h * normalized:
///   d acc   = gamma * inverse_deviation * (h - S1 / n - normalized * S2 / n)
///   d gamma = S2 * shrinkage      (the rest of it goes through f, by epsilon)
///   d beta  = S1
/// For it `normalized` is kept in 16 bits: within about 2^-16 of the channel's largest
/// |normalized|.
Codes normalize_outputs(const Accumulators& accumulators, const at::Tensor& gamma,
                        const at::Tensor& beta, const Normalization& constants);

}  // namespace floatsd::ops
