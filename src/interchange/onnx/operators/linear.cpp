#include <string>
#include <vector>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

Tensor scaled(const Tensor& tensor, float factor) {
  if (factor == 1) {
    return tensor;
  }
  std::vector<float> values = floats(tensor);
  for (float& value : values) {
    value *= factor;
  }
  return make_tensor(tensor.shape, values);
}

/// One for each output, of a tensor that has that many or one.
Tensor bias_of(const Tensor* given, int64_t outputs, float factor) {
  std::vector<float> values(static_cast<size_t>(outputs), 0);
  if (given != nullptr) {
    const std::vector<float> read = floats(*given);
    const bool is_row =
        given->count() == outputs && (given->shape.empty() || given->shape.back() == outputs);
    need(read.size() == 1 || is_row, "a bias for each output");
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = factor * read[read.size() == 1 ? 0 : i];
    }
  }
  return make_tensor({outputs}, values);
}

struct Product {
  Parameter weight;
  const Tensor* bias = nullptr;
  float bias_factor = 1;
};

Activation linear(const Site& site, const Product& product) {
  Activation x = site.activation(0);
  const std::vector<int64_t>& shape = product.weight.tensor.shape;
  const int64_t inputs = shape[product.weight.is_transposed ? 0 : 1];
  const int64_t outputs = shape[product.weight.is_transposed ? 1 : 0];
  need(outputs >= 1 && outputs <= kMostChannels,
       "1 to " + std::to_string(kMostChannels) + " outputs");
  const int input = site.network.settled_features(x, site.name());
  need(site.network.node_shape(input).size() == inputs,
       "weights for " + std::to_string(site.network.node_shape(input).size()) + " inputs, found " +
           std::to_string(inputs));
  return site.network.row(
      site.network.add(site.name_of_weight(1), nn::op::Linear{outputs}, {input},
                       {{"weight", product.weight},
                        {"bias", {bias_of(product.bias, outputs, product.bias_factor)}}}));
}

const Tensor& matrix(const Site& site) {
  const Tensor& weight = site.constant(1);
  need(weight.shape.size() == 2, "a constant matrix as input 2");
  return weight;
}

}  // namespace

Activation translate_gemm(const Site& site) {
  need(integer_of(site.node, "transA", 0) == 0, "transA 0");
  const bool is_ours = integer_of(site.node, "transB", 0) != 0;  // [outputs, inputs]
  return linear(site, {.weight = {scaled(matrix(site), real_of(site.node, "alpha", 1)), !is_ours},
                       .bias = site.optional_constant(2),
                       .bias_factor = real_of(site.node, "beta", 1)});
}

Activation translate_matmul(const Site& site) {
  return linear(site, {.weight = {matrix(site), true}});
}

}  // namespace floatsd::interchange::onnx
