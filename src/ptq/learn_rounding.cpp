#include "floatsd/ptq/learn_rounding.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "floatsd/nn/graph.h"
#include "nn/input.h"
#include "nn/layer.h"
#include "ops/per_slice.h"
#include "ops/product.h"
#include "ptq/calibration_images.h"
#include "quant/quantizer.h"

namespace floatsd::ptq {
namespace {

constexpr int64_t kMostImages = 512;
constexpr int64_t kBatch = 32;
constexpr int kSteps = 1000;
constexpr int kWarmUp = kSteps / 5;
constexpr double kRate = 0.01;
constexpr double kPull = 0.01;  // weight of what drives h to 0 or 1
constexpr double kFirstBeta = 20, kLastBeta = 2;
constexpr double kStretch = 0.1;  // of the sigmoid, at both ends

/// Neighbouring levels of each weight, u = w / scale between them; at the ends of the levels and
/// beyond, both are the end.
struct Neighbours {
  at::Tensor lower, upper;
};

Neighbours neighbours_of(const at::Tensor& u, const Codebook& codebook) {
  std::vector<float> levels;
  for (const int magnitude : codebook.magnitudes) {
    levels.push_back(static_cast<float>(magnitude));
    if (magnitude > 0) {
      levels.push_back(static_cast<float>(-magnitude));
    }
  }
  std::sort(levels.begin(), levels.end());
  const at::Tensor sorted = at::tensor(levels);
  const at::Tensor above =
      at::searchsorted(sorted, u.contiguous()).clamp(1, static_cast<int64_t>(levels.size()) - 1);
  const float end = levels.back();
  return {at::where(u >= end, end, sorted.index({above - 1})),
          at::where(u <= -end, -end, sorted.index({above}))};
}

at::Tensor rectified_sigmoid(const at::Tensor& v) {
  return (at::sigmoid(v) * (1 + 2 * kStretch) - kStretch).clamp(0, 1);
}

/// v with rectified_sigmoid(v) = h, 0 <= h <= 1.
at::Tensor unrectified(const at::Tensor& h) {
  return at::logit((h + kStretch) / (1 + 2 * kStretch));
}

double beta_at(int step) {
  const double part = static_cast<double>(step - kWarmUp) / (kSteps - kWarmUp);
  return kLastBeta + (kFirstBeta - kLastBeta) * (1 - part);
}

/// What a layer's rounding is learned from.
struct Examples {
  at::Tensor inputs;   ///< [N, ...], of the quantized network
  at::Tensor outputs;  ///< [N, ...], of the float network's layer, activated
};

at::Tensor output_of(const nn::Layer& layer, const at::Tensor& x, const at::Tensor& folded) {
  const at::Tensor y = ops::apply(layer.product(), x, folded);
  std::vector<int64_t> shape(y.dim(), 1);
  shape[1] = -1;
  return nn::activate(y + layer.folded_bias().detach().reshape(shape), layer.activation);
}

at::Tensor learned_levels(const nn::Layer& layer, const at::Tensor& folded,
                          const std::vector<float>& scales, const Examples& examples,
                          const std::function<void()>& on_step) {
  const at::AutoGradMode with_gradients(true);
  const at::Tensor scale = ops::per_slice(at::tensor(scales), folded);
  const at::Tensor u = folded / scale;
  const auto [lower, upper] = neighbours_of(u, *layer.weight_quantizer->scheme().codebook);
  const at::Tensor width = upper - lower;
  at::Tensor v = unrectified(((u - lower) / width.clamp_min(1)).clamp(0, 1)).requires_grad_();
  torch::optim::Adam adam({v}, torch::optim::AdamOptions(kRate));
  const int64_t images = examples.inputs.size(0);
  for (int step = 0; step < kSteps; ++step) {
    const int64_t begin = step * kBatch % images;
    const int64_t count = std::min(kBatch, images - begin);
    const at::Tensor h = rectified_sigmoid(v);
    const at::Tensor weights = (lower + h * width) * scale;
    const at::Tensor error = output_of(layer, examples.inputs.narrow(0, begin, count), weights) -
                             examples.outputs.narrow(0, begin, count);
    at::Tensor loss = error.square().sum(1).mean();
    if (step >= kWarmUp) {
      loss = loss + kPull * (1 - (2 * h - 1).abs().pow(beta_at(step))).sum();
    }
    adam.zero_grad();
    loss.backward();
    adam.step();
    on_step();
  }
  return at::where(rectified_sigmoid(v.detach()) >= 0.5, upper, lower);
}

/// A network's layers with two sets of weights: those of the float network, which are back in place
/// if nobody finishes, and those that were rounded so far.
class TwoNetworks {
 public:
  explicit TwoNetworks(nn::Graph& graph) : graph_(graph) {
    for (const auto& [name, layer] : graph.layers()) {
      float_[name] = layer->weight.detach().clone();
      rounded_[name] = float_[name];
    }
  }
  ~TwoNetworks() { take(is_finished_ ? rounded_ : float_); }
  TwoNetworks(const TwoNetworks&) = delete;
  TwoNetworks& operator=(const TwoNetworks&) = delete;

  void round(const std::string& name, const at::Tensor& weight) { rounded_[name] = weight; }

  /// The inputs of that node for all images, in reals: the float network's, or, in a pass that
  /// quantizes, those that the rounded layers give.
  at::Tensor inputs(const nn::Node& node, quant::Pass pass, const data::Dataset& dataset,
                    const CalibrateOptions& options) {
    const bool quantized = quant::quantizes(pass);
    take(quantized ? rounded_ : float_);
    const int from = node.inputs.front();
    std::vector<at::Tensor> parts;
    for_each_batch(dataset, options, [&](const at::Tensor& pixels) {
      if (from == nn::kGraphInput) {
        parts.push_back(ops::real_values(quantized ? nn::input_codes(graph_.input(), pixels)
                                                   : nn::input_reals(graph_.input(), pixels)));
        return;
      }
      parts.push_back(ops::real_values(graph_.forward_to(from, pixels, pass)));
    });
    return at::cat(parts);
  }

  /// Leaves the rounded network.
  void finish() { is_finished_ = true; }

 private:
  void take(const std::map<std::string, at::Tensor>& weights) {
    for (const auto& [name, layer] : graph_.layers()) {
      layer->weight.detach().copy_(weights.at(name));
    }
  }

  nn::Graph& graph_;
  std::map<std::string, at::Tensor> float_, rounded_;
  bool is_finished_ = false;
};

}  // namespace

void learn_rounding(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
                    const OnProgress& on_progress) {
  nn::check_has_ranges(graph);
  check(options, graph);
  check_calibration_images(graph, dataset);
  CalibrateOptions few = options;
  few.images = std::min(options.images, kMostImages);
  const at::NoGradGuard no_grad;
  TwoNetworks networks(graph);
  Work work(on_progress, "learn rounding", "steps",
            kSteps * static_cast<int64_t>(graph.layers().size()));
  for (const nn::Node& node : graph.nodes()) {
    const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
    if (!layer || !layer->trains_weights()) {
      continue;
    }
    const at::Tensor x = networks.inputs(node, quant::Pass::kFloat, dataset, few);
    const at::Tensor folded = layer->folded_weight().detach();
    const Examples examples{
        .inputs = networks.inputs(node, quant::Pass::kInteger, dataset, few),
        .outputs = output_of(*layer, x, folded),
    };
    const std::vector<float> scales = layer->weight_codes(graph.input_qparams(node).scale).scales;
    const at::Tensor levels =
        learned_levels(*layer, folded, scales, examples, [&] { work.advance(1, node.name); });
    networks.round(node.name, layer->unfolded(levels * ops::per_slice(at::tensor(scales), levels)));
  }
  networks.finish();
}

}  // namespace floatsd::ptq
