#pragma once
// Rounding of what flows through a layer's product in float training (quant/signal_formats.h).

#include <ATen/core/Tensor.h>

#include "core/minifloat.h"

namespace floatsd::ops {

/// Forward: the format's value of each of x, saturating; x as it is without a format. Backward: the
/// gradient as it is.
at::Tensor round_activations(const at::Tensor& x, const Minifloat* format);

/// Forward: y. Backward: the format's value of the gradient, infinity or NaN if it is too large, so
/// that whoever scales the loss can tell; the gradient as it is without a format.
at::Tensor round_gradients(const at::Tensor& y, const Minifloat* format);

/// The format's value of each of x, without a gradient.
at::Tensor rounded(const at::Tensor& x, const Minifloat& format, Overflow overflow);

}  // namespace floatsd::ops
