#include "floatsd/core/activation_shape.h"

#include <algorithm>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/core/pool_counts.h"

namespace floatsd {
namespace {

constexpr int64_t kMostValues = int64_t{1} << 23;

std::string text(int64_t height, int64_t width) {
  return std::to_string(height) + " x " + std::to_string(width);
}

std::string text(const Extent& extent) { return text(extent.height, extent.width); }

}  // namespace

std::string to_string(const ActivationShape& shape) {
  std::string text = "[";
  for (const int64_t size : {shape.channels, shape.height, shape.width}) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(size);
  }
  return text + "]";
}

void check_shape(const std::string& what, const ActivationShape& shape) {
  if (shape.channels > kMostChannels) {
    throw Error(what + " of shape " + to_string(shape) + ", expected at most " +
                std::to_string(kMostChannels) + " channels");
  }
  if (shape.channels < 1 || !is_size(shape.height) || !is_size(shape.width)) {
    throw Error(what + " of shape " + to_string(shape) + ", expected sizes from 1 to " +
                std::to_string(kLargestSize));
  }
  if (shape.size() > kMostValues) {
    throw Error(what + " of shape " + to_string(shape) + " has " + std::to_string(shape.size()) +
                " values, expected at most " + std::to_string(kMostValues));
  }
}

ActivationShape slide(const Window& window, const ActivationShape& in, int64_t channels) {
  for (const Extent& extent : {window.size, window.stride, window.dilation}) {
    if (!is_size(extent.height) || !is_size(extent.width)) {
      throw Error("a window of " + text(window.size) + " with stride " + text(window.stride) +
                  " and dilation " + text(window.dilation) + ", expected numbers from 1 to " +
                  std::to_string(kLargestSize));
    }
  }
  const Padding& padding = window.padding;
  for (const int side : {padding.top, padding.left, padding.bottom, padding.right}) {
    if (side < 0 || side > kLargestSize) {
      throw Error("a padding of " + std::to_string(side) + ", expected 0 to " +
                  std::to_string(kLargestSize));
    }
  }
  const ActivationShape padded{in.channels, in.height + padding.top + padding.bottom,
                               in.width + padding.left + padding.right};
  const ActivationShape out{channels, window.rows(in.height), window.columns(in.width)};
  if (out.height < 1 || out.width < 1) {
    throw Error("an input of " + text(padded.height, padded.width) +
                ", padding included, is too small for a window of " +
                text(window.height(), window.width()));
  }
  check_shape("an input inside its padding", padded);
  check_shape("an output", out);
  return out;
}

ActivationShape pool_shape(const Window& window, const ActivationShape& in) {
  const ActivationShape out = slide(window, in, in.channels);
  const PoolCounts counts = count_pooled(window, in, PaddingCounts::kNo);
  for (const std::vector<int64_t>& line : {counts.rows, counts.columns}) {
    if (std::find(line.begin(), line.end(), 0) != line.end()) {
      throw Error("a window of " + text(window.size) + " would hold nothing but padding");
    }
  }
  return out;
}

ActivationShape downsample_shape(const ActivationShape& in, int stride, int64_t channels_before,
                                 int64_t channels_after) {
  const int64_t channels = in.channels + channels_before + channels_after;
  if (channels_before < 0 || channels_after < 0 || !is_size(channels)) {
    throw Error(std::to_string(channels_before) + " channels before and " +
                std::to_string(channels_after) + " after its input's " +
                std::to_string(in.channels) + ": none may be negative, all together at most " +
                std::to_string(kLargestSize));
  }
  return slide({.stride = stride}, in, channels);
}

const ActivationShape& sum_shape(const ActivationShape& a, const ActivationShape& b) {
  if (!(a == b)) {
    throw Error("inputs of shapes " + to_string(a) + " and " + to_string(b) +
                ", expected one shape");
  }
  return a;
}

ActivationShape concat_shape(std::span<const ActivationShape> inputs) {
  if (inputs.empty()) {
    throw Error("a concatenation of no inputs, expected at least one");
  }
  ActivationShape all = inputs.front();
  for (const ActivationShape& next : inputs.subspan(1)) {
    if (next.height != all.height || next.width != all.width) {
      throw Error("inputs of shapes " + to_string(inputs.front()) + " and " + to_string(next) +
                  ", expected as many rows and columns");
    }
    all.channels += next.channels;
    check_shape("an output", all);
  }
  return all;
}

ActivationShape flat_shape(const ActivationShape& in) {
  const ActivationShape out{in.size(), 1, 1};
  check_shape("an output", out);
  return out;
}

}  // namespace floatsd
