#pragma once
// Activation shapes: what an operator makes of the shape of one image's activation. The float
// network and the integer network infer their shapes by these functions.

#include <cstdint>
#include <span>
#include <string>

#include "floatsd/core/window.h"

namespace floatsd {

/// Shape of one image's activation, [C, H, W]; a linear operator's output is [O, 1, 1].
struct ActivationShape {
  int64_t channels = 0, height = 0, width = 0;
  [[nodiscard]] int64_t size() const { return channels * height * width; }
  bool operator==(const ActivationShape&) const = default;
};

/// "[16, 28, 28]".
std::string to_string(const ActivationShape& shape);

/// The largest dimension, kernel, stride or padding that a network may have: products of four stay
/// in int64.
inline constexpr int64_t kLargestSize = int64_t{1} << 15;

/// The most channels of an activation, and so the most classes.
inline constexpr int64_t kMostChannels = int64_t{1} << 16;

/// The most inputs of one concatenation.
inline constexpr size_t kMostConcatInputs = 4096;

/// Whether a dimension, kernel, stride or number of groups is one that a network may have.
constexpr bool is_size(int64_t value) { return value >= 1 && value <= kLargestSize; }

/// Throws Error, beginning with `what`, if an image or activation is empty, has more rows or
/// columns than kLargestSize or more channels than kMostChannels, or more than 2^23 values, so that
/// their places, in bytes, stay in int32 wherever kernels compute them.
void check_shape(const std::string& what, const ActivationShape& shape);

/// How often the window fits in both directions, for each of `channels` output channels. Throws
/// Error if the window is larger than the padded image, a number of it is out of range, or the
/// padded input or the output has too many values (check_shape).
ActivationShape slide(const Window& window, const ActivationShape& in, int64_t channels);

/// The same for a pool. Throws Error also if a window would hold nothing but padding.
ActivationShape pool_shape(const Window& window, const ActivationShape& in);

/// [C, H, W] -> [before + C + after, ...]: every stride-th pixel in both directions, the first one
/// included. Throws Error if a number is out of range.
ActivationShape downsample_shape(const ActivationShape& in, int stride, int64_t channels_before,
                                 int64_t channels_after);

/// That of a and b. Throws Error with both if they differ.
const ActivationShape& sum_shape(const ActivationShape& a, const ActivationShape& b);

/// Their channels one behind the other. Throws Error if there is no input, rows or columns differ,
/// or the channels are too many.
ActivationShape concat_shape(std::span<const ActivationShape> inputs);

/// [C * H * W, 1, 1]. Throws Error if those are too many.
ActivationShape flat_shape(const ActivationShape& in);

}  // namespace floatsd
