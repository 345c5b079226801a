#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

/// A constant beside an activation as one number for all channels or one for each. The activation
/// becomes features if the constant has a number for each of those.
std::vector<double> by_channel(const Site& site, const Tensor& constant, Activation& x) {
  const std::vector<float> values = floats(constant);
  if (values.size() == 1 && constant.shape.size() <= x.axes.size() + 1) {
    return {values.front()};
  }
  const char* expected = "a constant with one number or one for each channel";
  if (x.axes.size() == 1 && x.axes.front().size() > 1) {
    site.network.flatten(x, site.name());
  }
  const int64_t rank = std::ssize(x.axes) + 1;
  const int64_t missing = rank - std::ssize(constant.shape);
  need(missing >= 0, expected);
  for (int64_t i = 0; i < std::ssize(constant.shape); ++i) {
    const int64_t axis = missing + i - 1;  // -1: the batch
    const int64_t size = constant.shape[i];
    need(size == 1 || (axis >= 0 && x.axes[axis] == JoinedAxes{Axis::kChannels} &&
                       size == site.network.node_shape(x.node).channels),
         expected);
  }
  return {values.begin(), values.end()};
}

Activation offset(const Site& site, Activation x, const Tensor& constant, double sign) {
  std::vector<double> offsets = by_channel(site, constant, x);
  for (double& value : offsets) {
    value *= sign;
  }
  return site.network.mapped(std::move(x), {.factors = {1}, .offsets = std::move(offsets)},
                             site.name());
}

Activation scaled(const Site& site, Activation x, std::vector<double> factors) {
  return site.network.mapped(std::move(x), {.factors = std::move(factors), .offsets = {0}},
                             site.name());
}

Activation sum(const Site& site, Activation a, Activation b) {
  Network& network = site.network;
  network.settled(a);
  network.settled(b);
  if (network.is_flat(a.node) != network.is_flat(b.node)) {
    for (Activation* each : {&a, &b}) {
      const bool is_pixel =
          network.node_shape(each->node).size() == network.node_shape(each->node).channels;
      need(is_pixel, "two inputs of one shape");
      const std::vector<JoinedAxes> axes = each->axes;
      network.flatten(*each, site.name());
      each->axes = axes;
    }
  }
  need(a.axes == b.axes && network.node_shape(a.node) == network.node_shape(b.node),
       "two inputs of one shape and one order of axes");
  a.node = network.add(site.name(), nn::op::Add{}, {a.node, b.node});
  a.has_one_reader = true;
  return a;
}

/// The index of the one input that is an activation.
size_t one_activation(const Site& site) {
  need(site.node.inputs.size() == 2 && (site.is_constant(0) || site.is_constant(1)),
       "a constant beside the activation");
  return site.is_constant(0) ? 1 : 0;
}

}  // namespace

/// Of Add, and of Sum, which has any number of inputs.
Activation translate_sum(const Site& site) {
  std::vector<Activation> terms;
  for (size_t i = 0; i < site.node.inputs.size(); ++i) {
    if (!site.is_constant(i)) {
      terms.push_back(site.activation(i));
    }
  }
  need(!terms.empty(), "an activation");
  Activation total = terms.front();
  for (size_t i = 1; i < terms.size(); ++i) {
    total = sum(site, total, terms[i]);
  }
  for (size_t i = 0; i < site.node.inputs.size(); ++i) {
    if (site.is_constant(i)) {
      total = offset(site, total, *site.constants[i], 1);
    }
  }
  return total;
}

Activation translate_difference(const Site& site) {
  const size_t at = one_activation(site);
  const Activation x = site.activation(at);
  return at == 0 ? offset(site, x, site.constant(1), -1)
                 : offset(site, scaled(site, x, {-1}), site.constant(0), 1);
}

Activation translate_product(const Site& site) {
  const size_t at = one_activation(site);
  Activation x = site.activation(at);
  std::vector<double> factors = by_channel(site, site.constant(1 - at), x);
  return scaled(site, std::move(x), std::move(factors));
}

Activation translate_quotient(const Site& site) {
  need(one_activation(site) == 0, "a constant divisor");
  Activation x = site.activation(0);
  std::vector<double> factors = by_channel(site, site.constant(1), x);
  for (double& value : factors) {
    need(value != 0, "a divisor that is not 0");
    value = 1 / value;
  }
  return scaled(site, std::move(x), std::move(factors));
}

}  // namespace floatsd::interchange::onnx
