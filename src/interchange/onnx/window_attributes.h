#pragma once
// How a convolution's or a pool's attributes say that its window moves.

#include "floatsd/core/activation_shape.h"
#include "floatsd/core/window.h"
#include "interchange/onnx/model.h"

namespace floatsd::interchange::onnx {

/// `size`: the window's rows and columns; `around`: zeros that a Pad before put around the input,
/// whose shape is without them, and which become part of the window's padding. Throws Unsupported
/// if a number is out of range or not one of a window over rows and columns.
Window window_of(const Node& node, const std::vector<int64_t>& size, const ActivationShape& input,
                 const Padding& around);

}  // namespace floatsd::interchange::onnx
