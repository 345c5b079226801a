#include "interchange/onnx/window_attributes.h"

#include <algorithm>
#include <string>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/unsupported.h"

namespace floatsd::interchange::onnx {
namespace {

int checked(int64_t value, int64_t least, const std::string& what) {
  need(value >= least && value <= kLargestSize, what + " from " + std::to_string(least) + " to " +
                                                    std::to_string(kLargestSize) + ", found " +
                                                    std::to_string(value));
  return static_cast<int>(value);
}

Extent extent(const std::vector<int64_t>& values, const std::string& what) {
  if (values.empty()) {
    return 1;
  }
  need(values.size() == 2,
       what + " of rows and columns, found " + std::to_string(values.size()) + " numbers");
  return {checked(values[0], 1, what), checked(values[1], 1, what)};
}

/// What SAME puts before and behind an axis: as many outputs as strides fit into its input.
std::pair<int, int> same(int64_t size, int64_t extent, int64_t stride, bool more_behind) {
  const int64_t outputs = (size + stride - 1) / stride;
  const int64_t all = std::max<int64_t>((outputs - 1) * stride + extent - size, 0);
  const int64_t less = all / 2;
  const int64_t before = more_behind ? less : all - less;
  return {checked(before, 0, "padding"), checked(all - before, 0, "padding")};
}

Padding padding_of(const Node& node, const Window& window, const ActivationShape& padded) {
  const std::string automatic = text_of(node, "auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const bool more_behind = automatic == "SAME_UPPER";
    const auto [top, bottom] =
        same(padded.height, window.height(), window.stride.height, more_behind);
    const auto [left, right] = same(padded.width, window.width(), window.stride.width, more_behind);
    return {top, left, bottom, right};
  }
  const std::vector<int64_t>& pads = integers_of(node, "pads");
  if (automatic == "VALID" || pads.empty()) {
    return 0;
  }
  need(automatic == "NOTSET" || automatic.empty(),
       "auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER");
  need(pads.size() == 4,
       "pads of rows and columns, found " + std::to_string(pads.size()) + " numbers");
  const auto side = [&](size_t i) { return checked(pads[i], 0, "padding"); };
  return {side(0), side(1), side(2), side(3)};
}

}  // namespace

Window window_of(const Node& node, const std::vector<int64_t>& size, const ActivationShape& input,
                 const Padding& around) {
  Window window;
  window.size = extent(size, "a window");
  window.stride = extent(integers_of(node, "strides"), "strides");
  window.dilation = extent(integers_of(node, "dilations"), "dilations");
  window.ceil_mode = integer_of(node, "ceil_mode", 0) != 0;
  const ActivationShape padded{input.channels, input.height + around.top + around.bottom,
                               input.width + around.left + around.right};
  const Padding own = padding_of(node, window, padded);
  window.padding = {own.top + around.top, own.left + around.left, own.bottom + around.bottom,
                    own.right + around.right};
  return window;
}

}  // namespace floatsd::interchange::onnx
