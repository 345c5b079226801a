#include "floatsd/ptq/correct_bias.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "catch.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/prepare.h"
#include "nn/batch_norm.h"
#include "nn/layer.h"
#include "nn/pixels.h"

using namespace floatsd;

namespace {

const ptq::CalibrateOptions kOptions{.images = 64, .batch_size = 24};

void prepare_int4(nn::Graph& net) {
  quant::QConfig qconfig;
  qconfig.rules.push_back(quant::parse_qconfig_rule("*=int4:per-tensor"));
  passes::prepare(net, qconfig);
}

void correct(nn::Graph& net, const data::Dataset& images) {
  ptq::calibrate(net, images, kOptions);
  ptq::correct_bias(net, images, kOptions);
}

data::Dataset images(int64_t height, int64_t width, const std::vector<uint8_t>& bytes) {
  const auto count = static_cast<int64_t>(bytes.size()) / (height * width);
  return {.name = "grey",
          .count = count,
          .channels = 1,
          .height = height,
          .width = width,
          .classes = 10,
          .images = bytes,
          .labels = std::vector<uint16_t>(static_cast<size_t>(count), 0)};
}

}  // namespace

TEST_CASE("A bias takes up what rounded weights change on average", "[correct_bias]") {
  const at::NoGradGuard no_grad;
  nn::Architecture product("product", {.channels = 1, .height = 1, .width = 2});
  product.add("linear", nn::op::Linear{1});
  nn::Graph net(product);
  const auto linear = net.layers().front().second;
  linear->weight.copy_(at::tensor({0.7F, 0.26F}).view({1, 2}));  // levels 7 and 3 of scale 0.1
  linear->bias.fill_(0.5);
  prepare_int4(net);
  correct(net, images(1, 2, {0, 51, 0, 255}));  // E[x] = 0, 0.6
  CHECK(linear->bias.item<float>() == Approx(0.5 + (0.26 - 0.3) * 0.6));
}

TEST_CASE("Bias correction goes into the norm's bias if there is one, and padding adds nothing",
          "[correct_bias]") {
  const at::NoGradGuard no_grad;
  nn::Architecture padded("padded", {.channels = 1, .height = 1, .width = 2});
  padded.add_convolution("conv", {.kernel = 3, .padding = 1}, nn::Activation::kNone);
  nn::Graph net(padded);
  passes::fuse(net);
  const auto conv = net.layers().front().second;
  conv->weight.fill_(0.26);
  conv->weight[0][0][1][1] = 0.7;
  const auto norm = conv->norm;
  norm->running_var.fill_(1.0 - nn::BatchNorm2d::kEpsilon);
  prepare_int4(net);
  // Each of the two outputs sees the other's pixel through one of the eight rounded weights.
  correct(net, images(1, 2, {51, 255}));
  CHECK(norm->bias.item<float>() == Approx((0.26 - 0.3) * (0.2 + 1.0) / 2));
  CHECK(!conv->bias.defined());
}

TEST_CASE("Corrected layers have the mean outputs of the float network", "[correct_bias]") {
  const at::NoGradGuard no_grad;
  at::manual_seed(5);
  nn::Graph net(models::make_architecture("lenet"));
  passes::fuse(net);
  prepare_int4(net);
  const at::Tensor pixels = at::randint(0, 256, {64, 28, 28}).to(at::kByte);
  const auto* byte = pixels.const_data_ptr<uint8_t>();
  const data::Dataset noise = images(28, 28, {byte, byte + pixels.numel()});
  nn::Layer& first = *net.layers().front().second;
  first.activation = nn::Activation::kNone;  // and no pooling, so that means are linear
  first.pool = 1;
  net.replace_nodes({net.nodes().front()});

  const at::Tensor mean =
      net.forward(nn::pixels(noise, 0, 64), quant::Pass::kFloat).mean({0, 2, 3});
  const auto distance = [&] {
    return (net.forward(nn::pixels(noise, 0, 64), quant::Pass::kInteger).mean({0, 2, 3}) - mean)
        .abs()
        .max();
  };
  ptq::calibrate(net, noise, kOptions);
  const double before = distance().item<double>();
  ptq::correct_bias(net, noise, kOptions);
  CHECK(distance().item<double>() < 0.05 * before);
}

TEST_CASE("A layer without bias and batch norm is left as it is by bias correction",
          "[correct_bias]") {
  const at::NoGradGuard no_grad;
  at::manual_seed(6);
  nn::Architecture plain("plain", {.channels = 1, .height = 1, .width = 2});
  plain.add("conv", nn::op::Conv2d{.out_channels = 2, .kernel = 1, .bias = false});
  const nn::Architecture only_conv = plain;
  plain.add("linear", nn::op::Linear{2});
  const data::Dataset seen = images(1, 2, {0, 51, 0, 255});

  nn::Graph net(plain);
  prepare_int4(net);
  const at::Tensor bias = net.layers().back().second->bias.clone();
  correct(net, seen);
  CHECK(!net.layers().front().second->bias.defined());
  CHECK(!at::equal(net.layers().back().second->bias, bias));

  nn::Graph without(only_conv);
  prepare_int4(without);
  CHECK_THROWS_WITH(correct(without, seen), Catch::StartsWith("correct-bias: no layer has a bias"));
}
