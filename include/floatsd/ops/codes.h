#pragma once
// Codes: an activation of quantized training as bytes, a quarter of what floats would take, with
// the edge along which its gradient flows.

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace floatsd::ops {

struct Codes {
  at::Tensor bytes;  ///< uint8 [N, C, ...], the channels of a pixel side by side
  at::Tensor edge;   ///< see make_edge: gradients for the codes, as float32
};

/// A float32 tensor of that shape with room for one number: autograd passes gradients along it as
/// along any tensor, and nobody reads it.
at::Tensor make_edge(at::IntArrayRef sizes);

/// Codes less their zero point, in float32; gradients pass unchanged.
at::Tensor code_values(const Codes& codes, int32_t zero_point);

/// Back from codes less their zero point (integers in float32); gradients pass unchanged.
Codes to_codes(const at::Tensor& values, int32_t zero_point);

}  // namespace floatsd::ops
