#pragma once
// What operators that only rename or choose axes say of them, in attributes or, since some opset,
// as inputs: for constants that are folded and for activations alike.

#include <cstdint>
#include <span>
#include <vector>

#include "interchange/onnx/model.h"

namespace floatsd::interchange::onnx {

/// An axis below `rank`, which a negative one counts from behind. Throws Error if there is none.
int64_t axis_in(int64_t axis, int64_t rank);

/// The axes that Squeeze, Unsqueeze or a reduction names, by its attribute or its second input.
std::vector<int64_t> axes_of(const Node& node, std::span<const Tensor* const> inputs);

/// Without those axes, which must be of size 1; without axes, without all of size 1.
std::vector<int64_t> squeezed(const std::vector<int64_t>& shape, const std::vector<int64_t>& axes);
/// With axes of size 1 at those places of the result.
std::vector<int64_t> unsqueezed(const std::vector<int64_t>& shape,
                                const std::vector<int64_t>& axes);

/// What Reshape makes of `shape`: in `wanted` 0 is the input's size, and -1 what is left.
std::vector<int64_t> wanted_shape(const Node& node, const std::vector<int64_t>& shape,
                                  std::vector<int64_t> wanted);

/// Transpose's: axis i of the result is this one of the input.
std::vector<int64_t> order_of_axes(const Node& node, int64_t rank);

/// What Shape gives of a shape.
Tensor shape_part(const Node& node, const std::vector<int64_t>& shape);

/// An axis that Slice takes a part of.
struct SlicedAxis {
  int64_t axis = 0, start = 0, step = 1, count = 0;
};
std::vector<SlicedAxis> slices_of(const Node& node, std::span<const Tensor* const> inputs,
                                  const std::vector<int64_t>& shape, int64_t opset);

}  // namespace floatsd::interchange::onnx
