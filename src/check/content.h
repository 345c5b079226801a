#pragma once
// Content: what a network is, without the file that holds it, as bytes to take a checksum of.

#include <string>
#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::check {

/// The bytes say what a part computes, and with which numbers.
struct Part {
  std::string name;  ///< "conv1"
  std::string bytes;
};

/// "input" (shape, codes of pixels, classes), and a part for each operator: its entry in a model
/// file (kind, inputs, attributes, scales) and its tensors. Neither the network's name nor the
/// version of a model file is part of them. Requires a valid program.
std::vector<Part> parts(const runtime::Program& program);

}  // namespace floatsd::check
