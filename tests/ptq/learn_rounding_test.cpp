#include "floatsd/ptq/learn_rounding.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "catch.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/prepare.h"
#include "nn/batch_norm.h"
#include "nn/layer.h"
#include "nn/pixels.h"
#include "ops/per_slice.h"
#include "quant/quantizer.h"

using namespace floatsd;

namespace {

const ptq::CalibrateOptions kOptions{.images = 64, .batch_size = 32};

/// Smooth images, whose pixels go together as those of real ones do.
data::Dataset images() {
  data::Dataset all{.name = "waves", .count = 64, .channels = 1, .height = 8, .width = 8};
  all.classes = 10;
  for (int n = 0; n < 64; ++n) {
    all.labels.push_back(0);
    for (int i = 0; i < 64; ++i) {
      all.images.push_back(static_cast<uint8_t>((i % 8 * (n % 7) + i / 8 * (n % 5) * 3 + n) % 256));
    }
  }
  return all;
}

/// conv, a norm, ReLU, depthwise, linear.
nn::Graph network(const std::string& scheme) {
  at::manual_seed(4);
  nn::Architecture small("small", {.channels = 1, .height = 8, .width = 8});
  small.add_convolution("conv", {.out_channels = 6, .kernel = 3, .padding = 1},
                        nn::Activation::kRelu);
  small.add("depthwise", nn::op::Conv2d{.out_channels = 6, .kernel = 3, .groups = 6});
  small.add("linear", nn::op::Linear{10});
  nn::Graph net(small);
  passes::fuse(net);
  {
    const at::NoGradGuard no_grad;
    const auto norm = net.layers().front().second->norm;
    norm->weight.uniform_(0.5, 2);
    norm->running_var.uniform_(0.2, 1);
  }
  quant::QConfig qconfig;
  qconfig.rules.push_back(quant::parse_qconfig_rule("*=" + scheme));
  passes::prepare(net, qconfig);
  ptq::calibrate(net, images(), kOptions);
  return net;
}

at::Tensor answers(nn::Graph& net, quant::Pass pass) {
  const at::NoGradGuard no_grad;
  const data::Dataset all = images();
  return net.forward(nn::pixels(all, 0, all.count), pass);
}

std::vector<int> sorted_levels(const Codebook& codebook) {
  std::vector<int> levels;
  for (const int m : codebook.magnitudes) {
    levels.push_back(m);
    levels.push_back(-m);
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

}  // namespace

TEST_CASE("Learned rounding brings the answers nearer, by neighbouring levels alone",
          "[learn_rounding]") {
  const std::string scheme =
      GENERATE("floatsd4:per-channel", "int2:per-channel:mse", "int4:per-tensor");
  CAPTURE(scheme);
  nn::Graph net = network(scheme);
  const at::Tensor expected = answers(net, quant::Pass::kFloat);
  const auto error = [&] {
    return (answers(net, quant::Pass::kInteger) - expected).square().mean().item<double>();
  };
  const double nearest = error();
  std::vector<at::Tensor> before;
  for (const auto& [name, layer] : net.layers()) {
    before.push_back(layer->folded_weight().detach().clone());
  }
  ptq::learn_rounding(net, images(), kOptions);
  const double learned = error();
  CAPTURE(nearest, learned);
  CHECK(learned < 0.8 * nearest);

  size_t l = 0;
  for (const nn::Node& node : net.nodes()) {
    const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
    if (!layer) {
      continue;
    }
    INFO(node.name);
    const at::NoGradGuard no_grad;
    const nn::WeightCodes codes = layer->weight_codes(net.input_qparams(node).scale);
    const at::Tensor scale = ops::per_slice(at::tensor(codes.scales), codes.levels);
    CHECK(at::allclose(layer->folded_weight(), codes.levels * scale, 1e-5, 1e-7));
    const at::Tensor u = (before[l++] / scale).contiguous().flatten();
    const at::Tensor level = codes.levels.contiguous().flatten();
    const std::vector<int> levels = sorted_levels(*layer->weight_quantizer->scheme().codebook);
    for (int64_t i = 0; i < u.numel(); ++i) {
      const auto above = std::lower_bound(levels.begin(), levels.end(), u[i].item<float>());
      const int upper = above == levels.end() ? levels.back() : *above;
      const int lower = above == levels.begin() ? levels.front() : *(above - 1);
      const int found = level[i].item<int>();
      REQUIRE((found == upper || found == lower));
    }
  }
}

TEST_CASE("Learned rounding does not depend on chance", "[learn_rounding]") {
  std::vector<at::Tensor> first;
  for (int run = 0; run < 2; ++run) {
    nn::Graph net = network("floatsd4:per-tensor");
    ptq::learn_rounding(net, images(), kOptions);
    for (const auto& [name, layer] : net.layers()) {
      if (run == 0) {
        first.push_back(layer->weight.detach().clone());
      }
    }
    if (run == 1) {
      const auto layers = net.layers();
      for (size_t l = 0; l < layers.size(); ++l) {
        CHECK(at::equal(layers[l].second->weight, first[l]));
      }
    }
  }
}
