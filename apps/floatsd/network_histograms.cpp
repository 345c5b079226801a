#include "network_histograms.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <span>

#include "nn/layer.h"
#include "nn/pixels.h"

namespace floatsd::app {
namespace {

constexpr int64_t kImagesOfCodes = 64;

/// `tensor` must outlive it, and be contiguous.
template <typename T>
std::span<const T> elements(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<T>(), static_cast<size_t>(tensor.numel())};
}

/// Of integers in any type.
template <typename T>
tensorboard::Histogram histogram_of_integers(const at::Tensor& tensor) {
  const at::Tensor together = tensor.contiguous();
  std::map<int, int64_t> counts;
  for (const T value : elements<T>(together)) {
    ++counts[static_cast<int>(value)];
  }
  return tensorboard::histogram(counts);
}

void add_weights(const nn::Graph& graph, const nn::Node& node, quant::Pass pass,
                 std::vector<NamedHistogram>& into) {
  const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
  if (!layer) {
    return;
  }
  const at::Tensor weights = layer->folded_weight().to(at::kFloat).contiguous();
  into.push_back({"weights/" + node.name, tensorboard::histogram(elements<float>(weights))});
  if (quant::quantizes(pass)) {
    const nn::WeightCodes codes = layer->weight_codes(graph.input_qparams(node).scale);
    into.push_back({"levels/" + node.name, histogram_of_integers<float>(codes.levels)});
  }
}

}  // namespace

std::vector<NamedHistogram> network_histograms(nn::Graph& graph, quant::Pass pass,
                                               const data::Dataset& images) {
  const at::NoGradGuard no_grad;
  std::vector<NamedHistogram> histograms;
  for (const nn::Node& node : graph.nodes()) {
    add_weights(graph, node, pass, histograms);
  }
  if (quant::quantizes(pass)) {
    graph.forward(nn::pixels(images, 0, std::min(images.count, kImagesOfCodes)), pass,
                  [&](const nn::Node& node, const ops::Signal& output) {
                    histograms.push_back(
                        {"codes/" + node.name, histogram_of_integers<uint8_t>(output.codes.bytes)});
                  });
  }
  return histograms;
}

}  // namespace floatsd::app
