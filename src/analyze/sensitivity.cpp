#include "floatsd/analyze/sensitivity.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <map>
#include <string>

#include "core/refuse.h"
#include "floatsd/nn/graph.h"
#include "nn/layer.h"
#include "nn/pixels.h"
#include "ops/fake_quantize.h"
#include "ops/per_slice.h"
#include "ops/product.h"
#include "quant/quantizer.h"

namespace floatsd::analyze {
namespace {

constexpr int64_t kSensitivityBatch = 128;

/// log softmax of all images, [N, classes]. `detail` says what they are run for.
at::Tensor answers(nn::Graph& graph, const data::Dataset& images, Work& work,
                   const std::string& detail) {
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < images.count; begin += kSensitivityBatch) {
    const int64_t end = std::min(begin + kSensitivityBatch, images.count);
    parts.push_back(at::log_softmax(
        graph.forward(nn::pixels(images, begin, end), quant::Pass::kFloat).to(at::kDouble), 1));
    work.advance(end - begin, detail);
  }
  return at::cat(parts);
}

/// The layer's weights whose folded values are what the scheme makes of them.
at::Tensor quantized_weight(const nn::Layer& layer, const quant::WeightScheme& scheme,
                            quant::ScaleGrid grid) {
  const at::Tensor folded = layer.folded_weight();
  quant::WeightQuantizer quantizer(scheme, quant::RangeMethod::kMinMax, folded.size(0), grid);
  quantizer.observe(folded);
  const std::vector<float> scales = quantizer.scales();
  return layer.unfolded(ops::quantize_weights(folded, scales, *scheme.codebook) *
                        ops::per_slice(at::tensor(scales), folded));
}

/// A layer whose weights are afterwards what they were.
class KeptWeights {
 public:
  explicit KeptWeights(nn::Layer& layer) : layer_(layer), own_(layer.weight.detach().clone()) {}
  ~KeptWeights() { layer_.weight.detach().copy_(own_); }
  KeptWeights(const KeptWeights&) = delete;
  KeptWeights& operator=(const KeptWeights&) = delete;

 private:
  nn::Layer& layer_;
  at::Tensor own_;
};

}  // namespace

std::vector<std::vector<double>> weight_sensitivities(
    nn::Graph& graph, const std::vector<std::vector<quant::WeightScheme>>& schemes,
    quant::ScaleGrid scales, const data::Dataset& images, const OnProgress& on_progress) {
  const at::NoGradGuard no_grad;
  nn::check_images(graph, images);
  int64_t runs = 1;
  for (const std::vector<quant::WeightScheme>& of_layer : schemes) {
    runs += static_cast<int64_t>(of_layer.size());
  }
  Work work(on_progress, "sensitivities", "images", runs * images.count);
  const at::Tensor expected = answers(graph, images, work, "");
  std::vector<std::vector<double>> losses;
  const auto layers = graph.layers();
  for (size_t l = 0; l < layers.size(); ++l) {
    const auto& [name, block] = layers[l];
    nn::Layer& layer = *block;
    std::vector<double> of_layer;
    for (const quant::WeightScheme& scheme : schemes[l]) {
      const KeptWeights kept(layer);
      layer.weight.copy_(quantized_weight(layer, scheme, scales));
      const at::Tensor divergence =
          at::kl_div(answers(graph, images, work, name), expected, at::Reduction::Sum,
                     /*log_target=*/true);
      of_layer.push_back(
          std::max(0.0, divergence.item<double>() / static_cast<double>(images.count)));
    }
    losses.push_back(of_layer);
  }
  return losses;
}

std::vector<int64_t> products_per_image(nn::Graph& graph) {
  const at::NoGradGuard no_grad;
  const nn::InputSpec& input = graph.input();
  const at::Tensor pixels = at::zeros({1, input.channels, input.height, input.width}, at::kByte);
  std::map<std::string, std::vector<int64_t>> sizes;  // of what each node gives
  graph.forward(pixels, quant::Pass::kFloat, [&](const nn::Node& node, const ops::Signal& output) {
    sizes[node.name] = output.values.sizes().vec();
  });
  std::vector<int64_t> products;
  for (const nn::Node& node : graph.nodes()) {
    const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
    if (!layer || !layer->trains_weights()) {
      continue;
    }
    const int from = node.inputs.front();
    const std::vector<int64_t> in =
        from == nn::kGraphInput ? pixels.sizes().vec() : sizes.at(graph.nodes()[from].name);
    const auto shape = layer->product().integer_shape(in);
    products.push_back(shape.out_pixels() * shape.out_channels * shape.row());
  }
  return products;
}

}  // namespace floatsd::analyze
