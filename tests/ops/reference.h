#pragma once
// The ATen references of the fused kernels, slow and plain: what the kernels are held against.

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/core/requantize.h"

namespace floatsd::ops::reference {

/// Levels of `weights` as float32; see quantize_weights.
at::Tensor nearest_levels(const at::Tensor& weights, const std::vector<float>& scales,
                          const Codebook& codebook);

/// Gradient for the weights; see quantize_weights.
at::Tensor level_gradients(const at::Tensor& weights, const std::vector<float>& scales, float clip,
                           const at::Tensor& gradient);

/// Codes less the zero point, and the mask of their straight-through gradient (bool), computed in
/// int64; see quantize_outputs.
std::pair<at::Tensor, at::Tensor> output_codes(const at::Tensor& accumulators,
                                               const Requantize& constants);

/// Gradients for the accumulators and for the bias; see quantize_outputs.
std::pair<at::Tensor, at::Tensor> output_gradients(const at::Tensor& gradient,
                                                   const at::Tensor& mask,
                                                   const Requantize& constants);

/// The codes of a sum less their zero point, and the mask of their gradient, computed in int64; see
/// quantize_sum.
std::pair<at::Tensor, at::Tensor> sum_codes(const at::Tensor& a, const at::Tensor& b,
                                            const AddRequantize& constants);

/// Batch norm of unscaled convolutions and fake quantization as separate operators, with ATen's
/// gradients; see normalize_outputs. `unit_over_factor` is unit / f of each channel, constant.
at::Tensor normalized_codes(const at::Tensor& accumulators, const at::Tensor& gamma,
                            const at::Tensor& beta, const at::Tensor& unit_over_factor,
                            double epsilon, QParams output, bool relu);

}  // namespace floatsd::ops::reference
