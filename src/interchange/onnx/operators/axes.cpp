// Operators that rename axes, and those that do nothing.

#include <string>
#include <vector>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/constant_axes.h"
#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

/// What is renamed, and its shape of one image, the batch included.
struct Renamed {
  Activation x;
  ActivationShape image;
  std::vector<int64_t> shape;
};

Renamed renamed(const Site& site) {
  Activation x = site.renamed_activation(0);
  const ActivationShape image = site.network.shape(x);
  std::vector<int64_t> shape = {1};
  for (const int64_t size : sizes_of(x.axes, image)) {
    shape.push_back(size);
  }
  return {std::move(x), image, std::move(shape)};
}

/// The same values in `shape`, whose first axis is the batch.
Activation in_shape(Renamed from, const std::vector<int64_t>& shape) {
  need(!shape.empty(), "a shape whose first axis is the batch");
  need(shape == from.shape || from.x.padding == Padding(0), "a convolution or a pool behind a Pad");
  from.x.axes = regrouped(from.x.axes, from.image, {shape.begin() + 1, shape.end()});
  return from.x;
}

}  // namespace

Activation translate_identity(const Site& site) { return site.renamed_activation(0); }

Activation translate_cast(const Site& site) {
  const auto type = static_cast<ElementType>(integer_of(site.node, "to", 0));
  need(is_real(type), "a cast to real numbers");
  return site.renamed_activation(0);
}

Activation translate_flatten(const Site& site) {
  Renamed from = renamed(site);
  int64_t axis = integer_of(site.node, "axis", 1);
  axis += axis < 0 ? std::ssize(from.shape) : 0;
  need(axis == 1, "axis 1, found " + std::to_string(axis));
  const int64_t size = from.image.size();
  return in_shape(std::move(from), {1, size});
}

Activation translate_reshape(const Site& site) {
  Renamed from = renamed(site);
  std::vector<int64_t> wanted = integers(site.constant(1));
  need(!wanted.empty(), "a shape whose first axis is the batch");
  if (wanted.front() == site.batch) {
    wanted.front() = 1;
  } else if (wanted.front() == -1) {  // the batch, if the rest is known
    wanted.front() = 1;
    for (size_t i = 1; i < wanted.size(); ++i) {
      need(wanted[i] != -1, "a shape with one -1");
    }
  }
  const std::vector<int64_t> shape = wanted_shape(site.node, from.shape, wanted);
  need(shape.front() == 1, "a shape whose first axis is the batch");
  return in_shape(std::move(from), shape);
}

Activation translate_squeeze(const Site& site) {
  Renamed from = renamed(site);
  std::vector<int64_t> axes = axes_of(site.node, site.constants);
  for (int64_t& axis : axes) {
    axis = axis_in(axis, std::ssize(from.shape));
    need(axis != 0, "axes without the batch");
  }
  if (axes.empty()) {  // all of size 1 but the batch
    for (size_t axis = 1; axis < from.shape.size(); ++axis) {
      if (from.shape[axis] == 1) {
        axes.push_back(static_cast<int64_t>(axis));
      }
    }
    if (axes.empty()) {
      return from.x;
    }
  }
  const std::vector<int64_t> shape = squeezed(from.shape, axes);
  return in_shape(std::move(from), shape);
}

Activation translate_unsqueeze(const Site& site) {
  Renamed from = renamed(site);
  const std::vector<int64_t> axes = axes_of(site.node, site.constants);
  const int64_t rank = std::ssize(from.shape) + std::ssize(axes);
  for (const int64_t axis : axes) {
    need(axis_in(axis, rank) != 0, "axes behind the batch");
  }
  const std::vector<int64_t> shape = unsqueezed(from.shape, axes);
  return in_shape(std::move(from), shape);
}

Activation translate_transpose(const Site& site) {
  Activation x = site.renamed_activation(0);
  const std::vector<int64_t> order = order_of_axes(site.node, std::ssize(x.axes) + 1);
  need(order.front() == 0, "a perm that leaves the batch in front");
  std::vector<JoinedAxes> axes;
  for (size_t i = 1; i < order.size(); ++i) {
    axes.push_back(x.axes[static_cast<size_t>(order[i] - 1)]);
  }
  x.axes = std::move(axes);
  return x;
}

}  // namespace floatsd::interchange::onnx
