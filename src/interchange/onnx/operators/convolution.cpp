#include <string>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/operators/translations.h"
#include "interchange/onnx/window_attributes.h"

namespace floatsd::interchange::onnx {
namespace {

struct Weights {
  const Tensor& weight;  ///< [O, I / groups, rows, columns]
  const Tensor* bias;    ///< [O]; null: none
  int64_t groups;
};

Weights weights_of(const Site& site) {
  const Tensor& weight = site.constant(1);
  need(weight.shape.size() == 4, "a kernel of rows and columns, found weights of " +
                                     std::to_string(weight.shape.size()) + " dimensions");
  const std::vector<int64_t>& kernel = integers_of(site.node, "kernel_shape");
  need(kernel.empty() || kernel == std::vector(weight.shape.begin() + 2, weight.shape.end()),
       "a kernel_shape that is that of the weights");
  const Tensor* bias = site.optional_constant(2);
  need(bias == nullptr || bias->shape == std::vector{weight.shape[0]},
       "a bias for each output channel");
  return {weight, bias, integer_of(site.node, "group", 1)};
}

Parameters parameters_of(const Weights& weights) {
  Parameters parameters = {{"weight", {weights.weight}}};
  if (weights.bias != nullptr) {
    parameters["bias"] = {*weights.bias};
  }
  return parameters;
}

/// Of an image of one pixel that floatsd has as features: a linear layer.
Activation on_features(const Site& site, const Activation& x, const Weights& weights) {
  const std::vector<int64_t>& shape = weights.weight.shape;
  const Window window = window_of(site.node, {shape[2], shape[3]}, {1, 1, 1}, x.padding);
  need(weights.groups == 1 &&
           window == Window{.size = 1, .stride = window.stride, .dilation = window.dilation},
       "a kernel of 1 x 1 without groups and padding behind a global average");
  Parameters parameters = parameters_of(weights);
  parameters["weight"].tensor = reshaped(weights.weight, {shape[0], shape[1]});
  if (weights.bias == nullptr) {
    parameters["bias"] = {
        make_tensor({shape[0]}, std::vector<float>(static_cast<size_t>(shape[0])))};
  }
  need(shape[1] == site.network.node_shape(x.node).channels, "weights for each input channel");
  Activation y = site.network.image(site.network.add(
      site.name_of_weight(1), nn::op::Linear{shape[0]}, {x.node}, std::move(parameters)));
  return y;
}

}  // namespace

Activation translate_convolution(const Site& site) {
  Activation x = site.activation(0);
  const Weights weights = weights_of(site);
  const int input = site.network.settled_image(x);
  if (site.network.is_flat(input)) {
    return on_features(site, x, weights);
  }
  const std::vector<int64_t>& shape = weights.weight.shape;
  const ActivationShape& in = site.network.node_shape(input);
  const Window window = window_of(site.node, {shape[2], shape[3]}, in, x.padding);
  need(is_size(weights.groups) && is_size(shape[0]) && in.channels % weights.groups == 0 &&
           shape[1] == in.channels / weights.groups,
       "weights for " + std::to_string(in.channels) + " input channels");
  return site.network.image(
      site.network.add(site.name_of_weight(1),
                       nn::op::Conv2d{.out_channels = shape[0],
                                      .kernel = window.size,
                                      .stride = window.stride,
                                      .padding = window.padding,
                                      .dilation = window.dilation,
                                      .groups = static_cast<int>(weights.groups),
                                      .bias = weights.bias != nullptr},
                       {input}, parameters_of(weights)));
}

}  // namespace floatsd::interchange::onnx
