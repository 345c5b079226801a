#pragma once
// The real values behind a quantized state dict of PyTorch's, so that a float network can begin
// with them.

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "floatsd/nn/graph.h"
#include "floatsd/serialize/value.h"

namespace floatsd::train {

/// scale * (code - zero_point), float32.
at::Tensor real_values(const serialize::QuantizedTensor& tensor);

/// bias * input_scale * scale of its channel's weights, float32 [C]; `weight` has one scale or C.
at::Tensor real_bias(const at::Tensor& bias, const serialize::QuantizedTensor& weight,
                     double input_scale);

/// The scale of what a layer reads: of the node before it, whose scale `scale_of` finds by the
/// node's name ("conv1"; "" for the network's input) or else returns null; then of the one before.
/// Throws Error naming the node if there is none.
double input_scale(const nn::Graph& graph, const std::string& layer,
                   const std::function<const at::Tensor*(const std::string& node)>& scale_of);

}  // namespace floatsd::train
