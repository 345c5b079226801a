#pragma once
// Activation: what an ONNX value is in floatsd's network. A node's image has the axes channels,
// rows and columns; the ONNX value may have them in another order, joined (flattened), or without
// those of size 1. Operators that only rename axes change nothing else.

#include <string>
#include <vector>

#include "floatsd/core/activation_shape.h"
#include "floatsd/core/window.h"

namespace floatsd::interchange::onnx {

enum class Axis { kChannels, kRows, kColumns };

/// One axis of an ONNX value: those of the image that it joins, the slowest first. Axes of size 1
/// are left out.
using JoinedAxes = std::vector<Axis>;

struct Activation {
  int node = 0;                  ///< of the architecture; nn::kGraphInput
  std::vector<JoinedAxes> axes;  ///< those of the ONNX value behind the batch
  Padding padding = 0;           ///< zeros around it, which the next window takes over
  Extent stride = 1;             ///< of its rows and columns only each such one is meant
  std::string stride_name = {};  ///< of the Slice that says so
  bool has_one_reader = true;    ///< whether nothing else reads the node, under any name
  std::string dropped = {};      ///< the Softmax, Sigmoid or ArgMax that was dropped behind it
};

/// [[channels], [rows], [columns]] without those of size 1; or in another order.
std::vector<JoinedAxes> image_axes(const ActivationShape& shape);
std::vector<JoinedAxes> image_axes(const ActivationShape& shape, const std::vector<Axis>& order);

/// One axis that joins all, the slowest first.
JoinedAxes joined(const std::vector<JoinedAxes>& axes);

/// The sizes of an ONNX value, the batch left out.
std::vector<int64_t> sizes_of(const std::vector<JoinedAxes>& axes, const ActivationShape& shape);

/// The same axes in a value of `sizes`, as reshaping makes it. Throws Unsupported if an axis would
/// be split.
std::vector<JoinedAxes> regrouped(const std::vector<JoinedAxes>& axes, const ActivationShape& shape,
                                  const std::vector<int64_t>& sizes);

}  // namespace floatsd::interchange::onnx
