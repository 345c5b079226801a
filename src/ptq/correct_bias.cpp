#include "floatsd/ptq/correct_bias.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/batch_norm.h"
#include "nn/input.h"
#include "nn/layer.h"
#include "ops/per_slice.h"
#include "ops/product.h"
#include "ptq/calibration_images.h"
#include "quant/quantizer.h"

namespace floatsd::ptq {
namespace {

/// The mean of tensors over axis 0, kept as a batch of one.
class Mean {
 public:
  void add(const at::Tensor& values) {
    const at::Tensor sum = values.sum({0}, /*keepdim=*/true, at::kDouble);
    sum_ = count_ == 0 ? sum : sum_ + sum;
    count_ += values.size(0);
  }
  [[nodiscard]] at::Tensor value() const { return sum_ / count_; }

 private:
  at::Tensor sum_;
  int64_t count_ = 0;
};

/// The mean of the network's input and of each node's output, at the node's index + 1, in float.
std::vector<Mean> mean_values(nn::Graph& graph, const data::Dataset& dataset,
                              const CalibrateOptions& options, const OnProgress& on_progress) {
  Work work(on_progress, "correct bias", "images", image_count(dataset, options));
  std::vector<Mean> means(graph.nodes().size() + 1);
  for_each_batch(dataset, options, [&](const at::Tensor& pixels) {
    means.front().add(nn::input_reals(graph.input(), pixels).values);
    graph.forward(pixels, quant::Pass::kFloat,
                  [&](const nn::Node& node, const ops::Signal& output) {
                    means[&node - graph.nodes().data() + 1].add(output.values);
                  });
    work.advance(pixels.size(0));
  });
  return means;
}

/// The scale of the network's input codes and of each node's, at the node's index + 1.
std::vector<float> code_scales(const nn::Graph& graph) {
  std::vector<float> scales = {nn::input_qparams(graph.input()).scale};
  for (const nn::Node& node : graph.nodes()) {
    const auto block = std::dynamic_pointer_cast<nn::QuantizedBlock>(node.block);
    scales.push_back(block ? block->output_quantizer->qparams().scale
                           : scales[node.inputs.front() + 1]);
  }
  return scales;
}

/// weights - levels * scales, in double.
at::Tensor weight_error(const nn::Layer& layer, float input_scale) {
  const nn::WeightCodes codes = layer.weight_codes(input_scale);
  const at::Tensor scales = ops::per_slice(at::tensor(codes.scales).to(at::kDouble), layer.weight);
  return layer.folded_weight().to(at::kDouble) - codes.levels.to(at::kDouble) * scales;
}

}  // namespace

void correct_bias(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
                  const OnProgress& on_progress) {
  nn::check_has_ranges(graph);
  check(options, graph);
  check_calibration_images(graph, dataset);
  const at::NoGradGuard no_grad;
  const std::vector<Mean> means = mean_values(graph, dataset, options, on_progress);
  const std::vector<float> scales = code_scales(graph);
  int corrected = 0;
  for (const nn::Node& node : graph.nodes()) {
    if (const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
        layer && layer->trains_weights()) {
      const size_t input = node.inputs.front() + 1;
      const at::Tensor error =
          ops::apply(layer->product(), means[input].value(), weight_error(*layer, scales[input]));
      const at::Tensor delta = error.reshape({layer->weight.size(0), -1}).mean(1);
      const at::Tensor& bias = layer->norm ? layer->norm->bias : layer->bias;
      if (bias.defined()) {
        bias.detach().add_(delta);
        ++corrected;
      }
    }
  }
  if (corrected == 0) {
    throw Error("correct-bias: no layer has a bias or a batch norm, there is nothing to correct");
  }
}

}  // namespace floatsd::ptq
