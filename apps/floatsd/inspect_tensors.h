#pragma once
// What `floatsd inspect` says of a file of tensors: a state dict of PyTorch's, of the FloatSD
// package's, a checkpoint, safetensors or .npz.

#include <string>

#include "floatsd/serialize/value.h"
#include "shared_flags.h"

namespace floatsd::app {

/// What is asked of the file; empty strings ask nothing.
struct TensorQuestions {
  std::string format;  ///< of which every quantized weight should be
  std::string layer;   ///< whose values are printed
};

/// Prints every tensor. `kind` is what the file is, in words. Throws Unmet if a value is not
/// finite, or not of the format, and Error if there is no such layer or nothing quantized.
void inspect_tensors(const serialize::Value& file, const std::string& kind, const std::string& path,
                     const TensorQuestions& questions, const SharedFlags& shared);

}  // namespace floatsd::app
