#include <cmath>
#include <string>
#include <vector>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/operators/translations.h"
#include "nn/batch_norm.h"

namespace floatsd::interchange::onnx {
namespace {

std::vector<float> row(const Site& site, size_t index, int64_t channels) {
  const Tensor& tensor = site.constant(index);
  need(tensor.shape == std::vector{channels}, "one number for each of " + std::to_string(channels) +
                                                  " channels as input " +
                                                  std::to_string(index + 1));
  return floats(tensor);
}

/// The weight that gives with floatsd's epsilon what `weight` gives with another.
std::vector<float> with_own_epsilon(std::vector<float> weight, const std::vector<float>& variance,
                                    float epsilon) {
  constexpr double kEpsilon = nn::BatchNorm2d::kEpsilon;
  if (epsilon == static_cast<float>(kEpsilon)) {
    return weight;
  }
  for (size_t c = 0; c < weight.size(); ++c) {
    const double v = variance[c];
    weight[c] = static_cast<float>(weight[c] * std::sqrt((v + kEpsilon) / (v + double{epsilon})));
  }
  return weight;
}

}  // namespace

Activation translate_batch_norm(const Site& site) {
  Activation x = site.activation(0);
  need(integer_of(site.node, "training_mode", 0) == 0 && integer_of(site.node, "spatial", 1) == 1,
       "a network that was exported for inference");
  need(!x.axes.empty(), "an input [N, C, ...]");
  if (x.axes.size() == 1 && x.axes.front().size() > 1) {
    site.network.flatten(x, site.name());
  }
  const int input = site.network.settled(x);
  const int64_t channels = site.network.node_shape(input).channels;
  need(x.axes.front() == (channels == 1 ? JoinedAxes() : JoinedAxes{Axis::kChannels}),
       "an input [N, C, H, W], channels before rows and columns");
  const std::vector<float> variance = row(site, 4, channels);
  x.node = site.network.add(
      site.name_of_weight(1), nn::op::BatchNorm{}, {input},
      norm_parameters(
          with_own_epsilon(row(site, 1, channels), variance, real_of(site.node, "epsilon", 1e-5F)),
          row(site, 2, channels), row(site, 3, channels), variance));
  x.has_one_reader = true;
  return x;
}

}  // namespace floatsd::interchange::onnx
