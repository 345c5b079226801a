#include "floatsd/core/activation_shape.h"

#include "floatsd/core/error.h"

namespace floatsd {
namespace {

constexpr int64_t kMostValues = int64_t{1} << 23;

std::string text(int64_t height, int64_t width) {
  return std::to_string(height) + " x " + std::to_string(width);
}

}  // namespace

std::string to_string(const ActivationShape& shape) {
  std::string text = "[";
  for (const int64_t size : {shape.channels, shape.height, shape.width}) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(size);
  }
  return text + "]";
}

void check_shape(const std::string& what, const ActivationShape& shape) {
  if (!is_size(shape.channels) || !is_size(shape.height) || !is_size(shape.width)) {
    throw Error(what + " of shape " + to_string(shape) + ", expected sizes from 1 to " +
                std::to_string(kLargestSize));
  }
  if (shape.size() > kMostValues) {
    throw Error(what + " of shape " + to_string(shape) + " has " + std::to_string(shape.size()) +
                " values, expected at most " + std::to_string(kMostValues));
  }
}

ActivationShape slide(const Window& window, const ActivationShape& in, int64_t channels) {
  if (!is_size(window.height) || !is_size(window.width) || !is_size(window.stride) ||
      window.padding < 0 || window.padding > kLargestSize) {
    throw Error("a window of " + text(window.height, window.width) + " with stride " +
                std::to_string(window.stride) + " and padding " + std::to_string(window.padding) +
                ", expected sizes from 1 to " + std::to_string(kLargestSize) +
                " and a padding of 0 or more");
  }
  const ActivationShape padded{in.channels, in.height + 2 * window.padding,
                               in.width + 2 * window.padding};
  if (padded.height < window.height || padded.width < window.width) {
    throw Error("an input of " + text(in.height, in.width) + " is too small for a window of " +
                text(window.height, window.width) + " with padding " +
                std::to_string(window.padding));
  }
  check_shape("an input inside its padding", padded);
  const ActivationShape out{channels, (padded.height - window.height) / window.stride + 1,
                            (padded.width - window.width) / window.stride + 1};
  check_shape("an output", out);
  return out;
}

ActivationShape downsample_shape(const ActivationShape& in, int64_t stride, int64_t channels_before,
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

}  // namespace floatsd
