#include <algorithm>
#include <string>
#include <vector>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/constant_axes.h"
#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

std::vector<Activation> parts_of(const Site& site) {
  std::vector<Activation> parts;
  for (size_t i = 0; i < site.node.inputs.size(); ++i) {
    parts.push_back(site.activation(i));
    site.network.settled(parts.back());
  }
  return parts;
}

/// Whether that axis of the value has its channels.
bool is_channels(const Activation& x, size_t axis, const ActivationShape& shape) {
  if (shape.channels == 1) {  // then the axis cannot be told from others of size 1
    return axis == 0 && x.axes[axis].empty();
  }
  return x.axes[axis] == JoinedAxes{Axis::kChannels};
}

}  // namespace

Activation translate_concat(const Site& site) {
  Network& network = site.network;
  std::vector<Activation> parts = parts_of(site);
  const int64_t rank = std::ssize(parts.front().axes) + 1;
  const int64_t axis = axis_in(integer_of(site.node, "axis", 1), rank);
  need(axis >= 1, "the channels joined, not the images");
  const auto at = static_cast<size_t>(axis - 1);
  bool is_any_flat = false;
  for (Activation& part : parts) {
    need(std::ssize(part.axes) + 1 == rank, "inputs with as many axes");
    if (part.axes.size() == 1 && part.axes.front().size() > 1) {
      network.flatten(part, site.name());
    }
    is_any_flat = is_any_flat || network.is_flat(part.node);
  }
  std::vector<int> inputs;
  for (Activation& part : parts) {
    need(is_channels(part, at, network.node_shape(part.node)), "the channels joined");
    if (is_any_flat && !network.is_flat(part.node)) {
      const std::vector<JoinedAxes> axes = part.axes;
      network.flatten(part, site.name());
      part.axes = axes;
    }
    inputs.push_back(part.node);
  }
  if (inputs.size() == 1) {
    return parts.front();
  }
  Activation x = parts.front();
  for (const Activation& part : parts) {
    for (size_t i = 0; i < x.axes.size(); ++i) {
      need(i == at || part.axes[i] == x.axes[i], "inputs in one order of axes");
    }
  }
  x.node = network.add(site.name(), nn::op::Concat{}, inputs);
  x.axes[at] = {Axis::kChannels};
  x.has_one_reader = true;
  return x;
}

}  // namespace floatsd::interchange::onnx
