#pragma once
// Weight order: the order in which the C reads a layer's weights, packed at their format's bits.

#include <cstdint>
#include <vector>

#include "floatsd/core/activation_shape.h"
#include "floatsd/runtime/program.h"

namespace floatsd::emit::c {

/// How a layer's weights are cut up: taps (kernel positions), at each of them groups, of each input
/// channel a row with a weight for each output channel of the group. Activations lie pixel by
/// pixel, so that all that a tap reads lies side by side.
struct WeightRows {
  int64_t taps = 1, groups = 1, inputs = 1, outputs = 1;  ///< inputs and outputs of a group
  int64_t row_bytes = 0, tap_bytes = 0;
  std::vector<uint8_t> bytes;

  /// One input and one output a group: a tap is then one row with a weight for each channel.
  [[nodiscard]] bool is_depthwise() const { return inputs == 1 && outputs == 1; }
};

/// Each row is filled up to whole bytes.
WeightRows weight_rows(const runtime::Conv2d& conv);

/// One tap; an input in the order of `in` as it lies in memory: by row, column, channel.
WeightRows weight_rows(const runtime::Linear& linear, const ActivationShape& in);

}  // namespace floatsd::emit::c
