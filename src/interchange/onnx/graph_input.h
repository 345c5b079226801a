#pragma once
// The input of an ONNX graph as floatsd reads it: images of bytes, and how they become the reals
// that the graph takes.

#include "floatsd/interchange/onnx.h"
#include "floatsd/nn/input_spec.h"
#include "interchange/onnx/model.h"
#include "interchange/onnx/translate.h"

namespace floatsd::interchange::onnx {

struct ImageInput {
  GraphInput input;
  nn::InputSpec spec;
};

/// Throws Error if the graph has not one input, or neither it nor the options say the image's
/// shape.
ImageInput image_input(const Model& model, const OnnxImport& options);

}  // namespace floatsd::interchange::onnx
