#pragma once
// Operators: what a node of an architecture does, as a value. Numbers of input channels are left to
// the architecture, which knows them.

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "floatsd/core/axes_order.h"
#include "floatsd/core/window.h"

namespace floatsd::nn::op {

/// [C, H, W] -> [out_channels, H', W'], as often as the kernel fits into the padded image
/// (core/window.h). Each of `groups` equal parts of the outputs sees its part of the inputs; groups
/// == C is depthwise.
struct Conv2d {
  int64_t out_channels = 1;
  Extent kernel, stride;
  Padding padding;
  Extent dilation;
  int groups = 1;
  bool bias = true;  ///< its own; not needed before a batch norm

  /// How the kernel moves.
  [[nodiscard]] Window window() const {
    return {.size = kernel, .stride = stride, .padding = padding, .dilation = dilation};
  }
  bool operator==(const Conv2d&) const = default;
};

/// [C, H, W], flattened in that order, -> [out_features].
struct Linear {
  int64_t out_features = 1;
  bool operator==(const Linear&) const = default;
};

/// Normalizes each channel, or each feature (docs/numerics.md).
struct BatchNorm {
  bool operator==(const BatchNorm&) const = default;
};

/// max(0, x).
struct Relu {
  bool operator==(const Relu&) const = default;
};

/// min(max(0, x), 6).
struct Relu6 {
  bool operator==(const Relu6&) const = default;
};

/// The maximum over windows (core/window.h); padding does not count.
struct MaxPool {
  Extent window = 2;
  std::optional<Extent> stride;  ///< the window's size if it is not given
  Padding padding;
  Extent dilation;
  bool ceil_mode = false;  ///< whether a last window counts that is only partly inside
  bool operator==(const MaxPool&) const = default;

  /// How the window moves.
  [[nodiscard]] Window moves() const {
    return {.size = window,
            .stride = stride.value_or(window),
            .padding = padding,
            .dilation = dilation,
            .ceil_mode = ceil_mode};
  }
};

/// The mean over windows (core/window.h).
struct AveragePool {
  Extent window = 2;
  std::optional<Extent> stride;  ///< the window's size if it is not given
  Padding padding;
  bool ceil_mode = false;         ///< whether a last window counts that is only partly inside
  bool count_include_pad = true;  ///< whether the zeros of the padding are part of the mean
  bool operator==(const AveragePool&) const = default;

  /// How the window moves.
  [[nodiscard]] Window moves() const {
    return {.size = window,
            .stride = stride.value_or(window),
            .padding = padding,
            .dilation = 1,
            .ceil_mode = ceil_mode};
  }
};

/// The mean of each channel: [C, H, W] -> [C, 1, 1].
struct GlobalAveragePool {
  bool operator==(const GlobalAveragePool&) const = default;
};

/// The sum of two inputs of one shape.
struct Add {
  bool operator==(const Add&) const = default;
};

/// The channels of two or more inputs, one input behind the other.
struct Concat {
  bool operator==(const Concat&) const = default;
};

/// [C, H, W] -> C * H * W features, in that order of axes.
struct Flatten {
  AxesOrder order = AxesOrder::kChannelsFirst;
  bool operator==(const Flatten&) const = default;
};

/// Every stride-th pixel in both directions, and channels of zeros before and behind: the shortcut
/// without parameters of He et al. 2015, option A.
struct Downsample {
  int stride = 1, channels_before = 0, channels_after = 0;
  bool operator==(const Downsample&) const = default;
};

}  // namespace floatsd::nn::op

namespace floatsd::nn {

using Operator = std::variant<op::Conv2d, op::Linear, op::BatchNorm, op::Relu, op::Relu6,
                              op::MaxPool, op::GlobalAveragePool, op::Add, op::Downsample,
                              op::AveragePool, op::Concat, op::Flatten>;

/// The operator's kind as architecture files, model files and messages name it: "conv2d", "linear",
/// "batch_norm", "relu", "relu6", "max_pool", "global_average_pool", "add", "downsample",
/// "average_pool", "concat", "flatten".
const char* kind(const Operator& op);

/// How many inputs an operator may read: two for add, two or more for concat, one for all others.
std::pair<size_t, size_t> input_counts(const Operator& op);

}  // namespace floatsd::nn
