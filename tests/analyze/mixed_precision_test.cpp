#include "floatsd/analyze/mixed_precision.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <random>

#include "catch.h"
#include "floatsd/analyze/sensitivity.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "nn/layer.h"
#include "tiny_images.h"

using namespace floatsd;
using analyze::Assignment;
using analyze::Choice;

namespace {

std::vector<std::vector<Choice>> random_layers(std::mt19937& random) {
  std::vector<std::vector<Choice>> layers(4);
  for (auto& choices : layers) {
    choices.resize(1 + random() % 4);
    for (Choice& choice : choices) {
      choice = {.cost = static_cast<double>(random() % 50),
                .loss = static_cast<double>(random() % 1000) / 100};
    }
  }
  return layers;
}

/// Every assignment that there is.
std::vector<Assignment> all_assignments(const std::vector<std::vector<Choice>>& layers) {
  std::vector<Assignment> all = {{}};
  for (const auto& choices : layers) {
    std::vector<Assignment> longer;
    for (const Assignment& begun : all) {
      for (size_t i = 0; i < choices.size(); ++i) {
        Assignment next = begun;
        next.choices.push_back(i);
        next.cost += choices[i].cost;
        next.loss += choices[i].loss;
        longer.push_back(next);
      }
    }
    all = longer;
  }
  return all;
}

}  // namespace

TEST_CASE("Each point of the front is the best at some price of cost, and every best is there",
          "[mixed precision]") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const auto layers = random_layers(random);
    const auto all = all_assignments(layers);
    const auto front = analyze::mixed_precision_front(layers);
    for (size_t i = 1; i < front.size(); ++i) {
      CHECK(front[i].cost < front[i - 1].cost);
      CHECK(front[i].loss > front[i - 1].loss);
    }
    for (const double lambda : {0.0, 0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0, 1e6}) {
      const auto value = [&](const Assignment& a) { return a.loss + lambda * a.cost; };
      const auto less = [&](const Assignment& a, const Assignment& b) {
        return value(a) < value(b);
      };
      const double best = value(*std::min_element(all.begin(), all.end(), less));
      const double found = value(*std::min_element(front.begin(), front.end(), less));
      CHECK(std::abs(found - best) <= 1e-9 * std::max(1.0, best));
    }
    // Between neighbours on the front there is a price at which both are best, and no other better.
    for (size_t i = 1; i < front.size(); ++i) {
      const double lambda =
          (front[i].loss - front[i - 1].loss) / (front[i - 1].cost - front[i].cost);
      for (const Assignment& other : all) {
        CHECK(other.loss + lambda * other.cost >= front[i].loss + lambda * front[i].cost - 1e-9);
      }
    }
  }
}

TEST_CASE("The first that fits the budget is taken", "[mixed precision]") {
  const auto front = analyze::mixed_precision_front({{{10, 0}, {4, 1}, {1, 5}}});
  REQUIRE(front.size() == 3);
  CHECK(analyze::find_within(front, 100) == 0);
  CHECK(analyze::find_within(front, 9.9) == 1);
  CHECK(analyze::find_within(front, 1) == 2);
  CHECK(analyze::find_within(front, 0.9) == 3);
}

TEST_CASE("A layer loses nothing in a format that holds its weights, and something in another",
          "[mixed precision]") {
  at::manual_seed(5);
  nn::Graph graph = train::make_graph({.architecture = models::make_architecture("lenet")});
  const auto layers = graph.layers();
  {
    const at::NoGradGuard no_grad;
    for (const auto& [name, layer] : layers) {
      layer->weight.copy_(at::randint(-7, 8, layer->weight.sizes()) / 64.0);
      layer->weight.flatten()[0] = 7 / 64.0;
    }
  }
  const std::vector<at::Tensor> before = {layers[0].second->weight.clone(),
                                          layers[4].second->weight.clone()};
  const std::vector<quant::WeightScheme> schemes = {quant::parse_weight_scheme("int4:per-tensor"),
                                                    quant::parse_weight_scheme("int2:per-tensor")};
  const auto losses = analyze::weight_sensitivities(
      graph, std::vector<std::vector<quant::WeightScheme>>(layers.size(), schemes),
      quant::ScaleGrid::kAny, tiny_images(50));
  REQUIRE(losses.size() == layers.size());
  for (const auto& of_layer : losses) {
    CHECK(of_layer[0] < 1e-6);
    CHECK(of_layer[1] > 1e-5);
  }
  const auto on_grid = analyze::weight_sensitivities(  // 1 / 64 is on it, 63 / 64 is not
      graph, std::vector<std::vector<quant::WeightScheme>>(layers.size(), schemes),
      quant::ScaleGrid::kPowerOfTwo, tiny_images(50));
  for (size_t l = 0; l < layers.size(); ++l) {
    CHECK(on_grid[l][0] == losses[l][0]);
    CHECK(on_grid[l][1] != losses[l][1]);
  }
  CHECK(at::equal(before[0], layers[0].second->weight));
  CHECK(at::equal(before[1], layers[4].second->weight));
}

TEST_CASE("Products of an image are counted layer by layer", "[mixed precision]") {
  nn::Graph graph = train::make_graph({.architecture = models::make_architecture("lenet")});
  const auto products = analyze::products_per_image(graph);
  REQUIRE(products.size() == graph.layers().size());
  CHECK(products.front() == 28 * 28 * graph.layers().front().second->weight.numel());
  CHECK(products.back() == graph.layers().back().second->weight.numel());
}
