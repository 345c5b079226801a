#include "floatsd/train/damping.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include "catch.h"
#include "floatsd/nn/batch_norm.h"
#include "floatsd/nn/convolution.h"
#include "floatsd/quant/per_slice.h"
#include "floatsd/train/checkpoint.h"

using namespace floatsd;

TEST_CASE("Damping adds the gradient of the squared distance to the levels", "[damping]") {
  torch::manual_seed(3);
  train::NetworkSpec spec{.network = "mobilenetv2:width=0.25"};
  spec.qconfig.rules = {quant::parse_qconfig_rule("*=int4:per-channel")};
  nn::Graph graph = train::make_graph(spec);
  const at::Tensor pixels = at::randint(0, 256, {4, 3, 32, 32}, at::kByte);
  graph.set_pass({quant::Mode::kQuantize, nn::Statistics::kBatch});
  graph.forward(pixels).square().sum().backward();

  std::vector<at::Tensor> before;
  for (const auto& [name, layer] : graph.layers()) {
    before.push_back(layer->weight.grad().clone());
  }
  train::dampen_oscillations(graph, 0.25);
  size_t i = 0;
  for (const nn::Node& node : graph.nodes()) {
    const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
    if (!layer) {
      continue;
    }
    INFO(node.name);
    const nn::WeightCodes codes = layer->weight_codes(graph.input_qparams(node).scale);
    const at::Tensor weight = layer->weight.detach().clone().requires_grad_();
    const at::Tensor factor =
        layer->norm ? layer->norm->fold_factor().detach() : at::ones({weight.size(0)});
    const at::Tensor folded = weight * quant::per_slice(factor, weight);
    const at::Tensor scale = quant::per_slice(at::tensor(codes.scales), folded);
    const float clip = layer->weight_quantizer->scheme().codebook->clip;
    const at::Tensor inside = (folded / scale).abs() < clip;
    (0.25 * ((folded - codes.levels.detach() * scale).square() * inside).sum()).backward();
    CHECK(at::allclose(layer->weight.grad() - before[i++], weight.grad(), 1e-3, 1e-5));
  }
  CHECK(i == before.size());
}

TEST_CASE("Damping rises from nothing to its strength", "[damping]") {
  CHECK(train::damping_strength(0.5, 0, 100) == 0);
  CHECK(train::damping_strength(0.5, 50, 100) > 0.2499);
  CHECK(train::damping_strength(0.5, 50, 100) < 0.2501);
  CHECK(train::damping_strength(0.5, 100, 100) == 0.5);
}
