#include "profile/step_profile.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/nn/graph.h"
#include "nn/layer.h"
#include "ops/accumulate.h"
#include "ops/accumulators.h"
#include "ops/normalize.h"
#include "ops/product.h"

using namespace floatsd;
using profile::Share;
using profile::StepProfile;

namespace {

constexpr int64_t kBatch = 2;

/// One 3x3 convolution of 8x8 images from 3 to 4 channels, then a product with 10 rows.
nn::Graph small_network() {
  nn::Architecture net(
      "small",
      {.channels = 3, .height = 8, .width = 8, .mean = {0.5F, 0.5F, 0.5F}, .deviation = {1, 1, 1}});
  net.add("conv", nn::op::Conv2d{.out_channels = 4, .kernel = 3, .padding = 1});
  net.add("fc", nn::op::Linear{10});
  return nn::Graph(net);
}

const Share& find(const std::vector<Share>& shares, const std::string& name) {
  const auto found = std::find_if(shares.begin(), shares.end(),
                                  [&](const Share& share) { return share.name == name; });
  REQUIRE(found != shares.end());
  return *found;
}

double seconds(const std::vector<Share>& shares) {
  double sum = 0;
  for (const Share& share : shares) {
    sum += share.seconds;
  }
  return sum;
}

}  // namespace

TEST_CASE("A profile gives each operator and each node its time, bytes and arithmetic",
          "[step_profile]") {
  nn::Graph net = small_network();
  const at::Tensor pixels = at::zeros({kBatch, 3, 8, 8}, at::kByte);
  const auto step = [&] { net.forward(pixels, quant::Pass::kFloat).sum().backward(); };
  step();
  const StepProfile profile;
  step();
  step();
  const std::vector<Share> operators = profile.by_operator();
  const std::vector<Share> nodes = profile.by_node();

  constexpr double kConvFlops = 2.0 * (4 * 8 * 8) * (3 * 3 * 3) * kBatch;
  const Share& conv = find(operators, "aten::conv2d");
  CHECK(conv.calls == 2);
  CHECK(conv.flops == 2 * kConvFlops);
  CHECK(conv.bytes == 2 * 4.0 * (kBatch * 3 * 8 * 8 + 4 * 3 * 3 * 3 + kBatch * 4 * 8 * 8));
  // The images need no gradient, so that the backward pass is as long as the forward pass.
  CHECK(find(operators, "aten::convolution_backward").flops == 2 * kConvFlops);
  CHECK(find(nodes, "conv").flops == 4 * kConvFlops);
  CHECK(find(nodes, "conv").calls == 2);
  CHECK(find(nodes, "fc").flops == 2 * 3 * (2.0 * kBatch * 256 * 10));
  CHECK(find(nodes, "(outside the network)").seconds > 0);
  CHECK(seconds(operators) == Approx(seconds(nodes)));
  CHECK(std::is_sorted(operators.begin(), operators.end(),
                       [](const Share& a, const Share& b) { return a.seconds > b.seconds; }));
}

TEST_CASE("A convolution on integers counts for the operator that reads it", "[step_profile]") {
  const nn::Conv2d layer({.in_channels = 3, .out_channels = 4, .kernel = 3, .padding = 1});
  const ops::Signal input = ops::code_signal(at::ones({kBatch, 3, 8, 8}), {1.0F, 0});
  const ops::Accumulators sums = ops::accumulate_integers(
      layer.product(), input, at::ones(layer.weight.sizes()), ops::Reads::kAgain);
  const StepProfile profile;
  ops::channel_statistics(sums);
  const std::vector<Share> operators = profile.by_operator();
  const Share& statistics = find(operators, "floatsd::channel_statistics");
  CHECK(statistics.bytes == Approx(kBatch * 3 * 8 * 8).margin(16));  // codes are bytes
  CHECK(statistics.flops == 2.0 * (4 * 8 * 8) * (3 * 3 * 3) * kBatch);
}

TEST_CASE("A profile that is gone leaves the thread free for the next one", "[step_profile]") {
  nn::Graph net = small_network();
  const at::Tensor pixels = at::zeros({1, 3, 8, 8}, at::kByte);
  {
    const StepProfile first;
    CHECK_THROWS_WITH(StepProfile(), "step profile: this thread has one already");
    net.forward(pixels, quant::Pass::kFloat);
    CHECK(!first.by_node().empty());
  }
  net.forward(pixels, quant::Pass::kFloat);
  const StepProfile second;
  CHECK(second.by_operator().empty());
}
