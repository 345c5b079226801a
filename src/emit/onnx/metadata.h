#pragma once
// Metadata: what a person needs to know who feeds a network, beside the model as JSON texts.

#include <string>
#include <utility>
#include <vector>

#include "floatsd/core/activation_shape.h"

namespace floatsd::emit::onnx {

struct Metadata {
  ActivationShape input_shape;
  std::vector<float> mean, deviation;  ///< of bytes / 255, one for each channel; empty: not known
  std::vector<std::string> class_names;
};

/// Appends `input_shape`, and as far as they are known `mean`, `std` and `classes`.
void add_metadata(const Metadata& metadata, std::vector<std::pair<std::string, std::string>>& to);

}  // namespace floatsd::emit::onnx
