// Pad and Slice: what is put around an activation, and what is taken of it.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/constant_axes.h"
#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

/// Which of the image's axes each axis of the value is, in either order of them.
std::vector<Axis> single_axes(const Site& site, const Activation& x) {
  Activation bare = x;
  bare.padding = 0;
  const ActivationShape shape = site.network.shape(bare);
  for (const std::vector<Axis>& order :
       {std::vector{Axis::kChannels, Axis::kRows, Axis::kColumns},
        std::vector{Axis::kRows, Axis::kColumns, Axis::kChannels}}) {
    if (x.axes == image_axes(shape, order)) {
      return order;
    }
  }
  throw Unsupported("an input [N, C, H, W]");
}

/// Leaves out axes that have become of size 1.
void drop_single(std::vector<JoinedAxes>& axes, const ActivationShape& shape) {
  for (JoinedAxes& part : axes) {
    std::erase_if(part, [&](Axis axis) {
      return (axis == Axis::kRows && shape.height == 1) ||
             (axis == Axis::kColumns && shape.width == 1);
    });
  }
}

struct Pads {
  std::vector<int64_t> axes;            ///< of the value, the batch included
  std::vector<int64_t> before, behind;  ///< of each
};

Pads pads_of(const Site& site, int64_t rank) {
  Pads result;
  if (site.opset >= 18 && site.is_constant(3)) {
    for (const int64_t axis : integers(site.constant(3))) {
      result.axes.push_back(axis_in(axis, rank));
    }
  } else {
    for (int64_t axis = 0; axis < rank; ++axis) {
      result.axes.push_back(axis);
    }
  }
  const std::vector<int64_t> pads =
      site.opset < 11 ? integers_of(site.node, "pads") : integers(site.constant(1));
  const size_t count = result.axes.size();
  need(pads.size() == 2 * count, "two numbers for each axis");
  result.before.assign(pads.begin(), pads.begin() + static_cast<int64_t>(count));
  result.behind.assign(pads.begin() + static_cast<int64_t>(count), pads.end());
  return result;
}

bool pads_with_zeros(const Site& site) {
  if (site.opset < 11) {
    return real_of(site.node, "value", 0) == 0;
  }
  const Tensor* value = site.optional_constant(2);
  return value == nullptr || (value->count() == 1 && floats(*value).front() == 0);
}

int side(int64_t size) {
  need(size >= 0 && size <= kLargestSize,
       "0 to " + std::to_string(kLargestSize) + " zeros, found " + std::to_string(size));
  return static_cast<int>(size);
}

}  // namespace

Activation translate_pad(const Site& site) {
  Activation x = site.activation(0);
  need(text_of(site.node, "mode", "constant") == "constant" && pads_with_zeros(site),
       "mode constant, of zeros");
  const Pads pads = pads_of(site, std::ssize(x.axes) + 1);
  Padding padding = x.padding;
  nn::op::Downsample channels;
  bool pads_channels = false;
  for (size_t i = 0; i < pads.axes.size(); ++i) {
    const int before = side(pads.before[i]);
    const int behind = side(pads.behind[i]);
    if (before == 0 && behind == 0) {
      continue;
    }
    need(pads.axes[i] > 0, "pads of channels, rows and columns, not of images");
    switch (single_axes(site, x)[static_cast<size_t>(pads.axes[i] - 1)]) {
      case Axis::kChannels:
        channels.channels_before = before;
        channels.channels_after = behind;
        pads_channels = true;
        break;
      case Axis::kRows:
        padding.top = side(padding.top + before);
        padding.bottom = side(padding.bottom + behind);
        break;
      case Axis::kColumns:
        padding.left = side(padding.left + before);
        padding.right = side(padding.right + behind);
        break;
    }
  }
  if (pads_channels) {
    channels.stride = site.network.common_stride(x);
    x.stride = 1;  // the node does that, too
    x.node = site.network.add(site.name(), channels, {x.node});
    x.has_one_reader = true;
  }
  x.padding = padding;
  return x;
}

Activation translate_slice(const Site& site) {
  Activation x = site.activation(0);
  std::vector<int64_t> shape = {1};
  for (const int64_t size : sizes_of(x.axes, site.network.shape(x))) {
    shape.push_back(size);
  }
  const char* expected = "a Slice of every n-th row and column, from the first one on";
  std::optional<int64_t> rows;
  std::optional<int64_t> columns;
  for (const SlicedAxis& slice : slices_of(site.node, site.constants, shape, site.opset)) {
    if (slice.start == 0 && slice.count == shape[slice.axis]) {
      continue;
    }
    need(slice.axis > 0 && slice.start == 0 && slice.step >= 1 &&
             slice.count == (shape[slice.axis] + slice.step - 1) / slice.step,
         expected);
    const Axis axis = single_axes(site, x)[static_cast<size_t>(slice.axis - 1)];
    need(axis != Axis::kChannels, expected);
    (axis == Axis::kRows ? rows : columns) = std::min(slice.step, shape[slice.axis]);
  }
  if (!rows && !columns) {
    return x;
  }
  need(x.padding == Padding(0) && !site.network.is_flat(x.node), expected);
  x.stride = {static_cast<int>(x.stride.height * rows.value_or(1)),
              static_cast<int>(x.stride.width * columns.value_or(1))};
  x.stride_name = site.name();
  drop_single(x.axes, site.network.shape(x));
  return x;
}

}  // namespace floatsd::interchange::onnx
