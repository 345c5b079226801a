#pragma once
// Fold: what a node computes of constants, as the computed shapes of exported networks need it.

#include <optional>
#include <span>
#include <string>

#include "interchange/onnx/model.h"

namespace floatsd::interchange::onnx {

/// The first output of the node; nothing if no operator of that type is folded. A null input: left
/// out. Throws Error if the inputs do not fit the operator, Unsupported for a form that is not
/// folded.
std::optional<Tensor> fold(const Node& node, std::span<const Tensor* const> inputs, int64_t opset);

/// Whether operators of that type are folded.
bool is_folded(const std::string& op_type);

}  // namespace floatsd::interchange::onnx
