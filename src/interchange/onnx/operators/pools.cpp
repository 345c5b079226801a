#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/constant_axes.h"
#include "interchange/onnx/operators/translations.h"
#include "interchange/onnx/window_attributes.h"

namespace floatsd::interchange::onnx {
namespace {

struct Pooled {
  Activation x;
  int input;
  Window window;
  bool is_identity;  ///< of features: an image of one pixel that is taken as it is
};

Pooled pooled(const Site& site) {
  Activation x = site.activation(0);
  const int input = site.network.settled_image(x);
  const std::vector<int64_t>& size = integers_of(site.node, "kernel_shape");
  need(size.size() == 2, "a window of rows and columns");
  const Window window = window_of(site.node, size, site.network.node_shape(input), x.padding);
  need(!window.ceil_mode || x.padding == Padding(0), "no ceil_mode behind a Pad");
  const bool is_flat = site.network.is_flat(input);
  need(!is_flat || (window.size == Extent(1) && window.padding == Padding(0)),
       "a window of 1 x 1 behind a global average");
  return {x, input, window, is_flat};
}

bool has_padding(const Window& window) { return !(window.padding == Padding(0)); }

/// Nothing if the window moves by its own size, as pools do if nothing is said.
std::optional<Extent> own_stride(const Window& window) {
  return window.stride == window.size ? std::nullopt : std::optional(window.stride);
}

Activation global_average(const Site& site, Activation x, int input) {
  if (site.network.is_flat(input)) {
    return x;
  }
  return site.network.image(site.network.add(site.name(), nn::op::GlobalAveragePool{}, {input}));
}

Activation global_max(const Site& site, const Activation& x, int input) {
  if (site.network.is_flat(input)) {
    return x;
  }
  const ActivationShape& in = site.network.node_shape(input);
  const Extent whole(static_cast<int>(in.height), static_cast<int>(in.width));
  return site.network.image(
      site.network.add(site.name(), nn::op::MaxPool{.window = whole}, {input}));
}

/// The axes that a reduction names, those of [C, ...] alone; Unsupported unless they are all rows
/// and columns, and nothing else.
Activation reduced(const Site& site, Activation (*reduce)(const Site&, Activation, int)) {
  Activation x = site.activation(0);
  const int input = site.network.settled(x);
  const int64_t rank = std::ssize(x.axes) + 1;
  std::vector<bool> is_gone(x.axes.size(), false);
  JoinedAxes gone;
  const std::vector<int64_t> named = axes_of(site.node, site.constants);
  if (named.empty() && integer_of(site.node, "noop_with_empty_axes", 0) != 0) {
    return x;
  }
  for (const int64_t named_axis : named) {
    const int64_t axis = axis_in(named_axis, rank);
    need(axis >= 1 && !is_gone[axis - 1], "the axes of rows and columns");
    is_gone[axis - 1] = true;
    gone.insert(gone.end(), x.axes[axis - 1].begin(), x.axes[axis - 1].end());
  }
  JoinedAxes space = joined(image_axes(site.network.node_shape(input)));
  std::erase(space, Axis::kChannels);
  std::sort(gone.begin(), gone.end());
  need(!named.empty() && gone == space, "the axes of rows and columns, all of them");
  const bool keeps = integer_of(site.node, "keepdims", 1) != 0;
  std::vector<JoinedAxes> axes;
  for (size_t i = 0; i < x.axes.size(); ++i) {
    if (!is_gone[i]) {
      axes.push_back(x.axes[i]);
    } else if (keeps) {
      axes.emplace_back();
    }
  }
  Activation y = reduce(site, x, input);
  y.axes = axes;
  return y;
}

}  // namespace

Activation translate_max_pool(const Site& site) {
  const Pooled pool = pooled(site);
  if (pool.is_identity) {
    return pool.x;
  }
  need(pool.x.padding == Padding(0) || site.network.is_never_negative(pool.input),
       "a Pad behind a relu, whose zeros are no larger than what they stand beside");
  return site.network.image(site.network.add(site.name(),
                                             nn::op::MaxPool{.window = pool.window.size,
                                                             .stride = own_stride(pool.window),
                                                             .padding = pool.window.padding,
                                                             .dilation = pool.window.dilation,
                                                             .ceil_mode = pool.window.ceil_mode},
                                             {pool.input}));
}

Activation translate_average_pool(const Site& site) {
  const Pooled pool = pooled(site);
  if (pool.is_identity) {
    return pool.x;
  }
  const Window& window = pool.window;
  need(window.dilation == Extent(1), "dilations of 1");
  const bool counts = integer_of(site.node, "count_include_pad", 0) != 0;
  const bool is_padded_before = !(pool.x.padding == Padding(0));
  need(!is_padded_before || counts || window.padding == pool.x.padding,
       "count_include_pad 1 or no padding of its own behind a Pad");
  const ActivationShape& in = site.network.node_shape(pool.input);
  if (!has_padding(window) && window.size.height == in.height && window.size.width == in.width) {
    return global_average(site, pool.x, pool.input);
  }
  return site.network.image(
      site.network.add(site.name(),
                       nn::op::AveragePool{.window = window.size,
                                           .stride = own_stride(window),
                                           .padding = window.padding,
                                           .ceil_mode = window.ceil_mode,
                                           .count_include_pad = counts || is_padded_before},
                       {pool.input}));
}

Activation translate_global_average(const Site& site) {
  Activation x = site.activation(0);
  need(x.padding == Padding(0), "no Pad before it");
  const int input = site.network.settled_image(x);
  return global_average(site, x, input);
}

Activation translate_global_max(const Site& site) {
  Activation x = site.activation(0);
  need(x.padding == Padding(0), "no Pad before it");
  const int input = site.network.settled_image(x);
  return global_max(site, x, input);
}

Activation translate_reduce_mean(const Site& site) { return reduced(site, global_average); }

Activation translate_reduce_max(const Site& site) {
  return reduced(site,
                 [](const Site& at, Activation x, int input) { return global_max(at, x, input); });
}

}  // namespace floatsd::interchange::onnx
