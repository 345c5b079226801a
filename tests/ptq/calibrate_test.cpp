#include "floatsd/ptq/calibrate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/prepare.h"
#include "floatsd/ptq/correct_bias.h"
#include "floatsd/ptq/learn_rounding.h"
#include "nn/layer.h"
#include "nn/pixels.h"
#include "quant/quantizer.h"
#include "thread_ranks.h"

using namespace floatsd;
using ptq::CalibrationMethod;

namespace {

/// Grey images of that size, from their bytes.
data::Dataset grey_images(int64_t size, const std::vector<uint8_t>& bytes) {
  const auto count = static_cast<int64_t>(bytes.size()) / (size * size);
  return {.name = "grey",
          .count = count,
          .channels = 1,
          .height = size,
          .width = size,
          .classes = 10,
          .images = bytes,
          .labels = std::vector<uint16_t>(static_cast<size_t>(count), 0)};
}

data::Dataset noise(int64_t count) {
  std::vector<uint8_t> bytes;
  for (int64_t i = 0; i < count * 28 * 28; ++i) {
    bytes.push_back(static_cast<uint8_t>(i * 7919 % 251));
  }
  return grey_images(28, bytes);
}

quant::QConfig int8_per_channel() {
  quant::QConfig qconfig;
  qconfig.rules.push_back(quant::parse_qconfig_rule("*=int8:per-channel"));
  return qconfig;
}

/// The output qparams of a 1x1 convolution with one output channel for each weight, calibrated.
QParams calibrated_qparams(const std::vector<float>& weights, const data::Dataset& images,
                           const ptq::CalibrateOptions& options) {
  const at::NoGradGuard no_grad;
  nn::Architecture scales("scales",
                          {.channels = 1, .height = images.height, .width = images.width});
  const auto channels = static_cast<int64_t>(weights.size());
  scales.add("conv", nn::op::Conv2d{.out_channels = channels});
  nn::Graph net(scales);
  const auto conv = net.layers().front().second;
  conv->weight.copy_(at::tensor(weights).view({channels, 1, 1, 1}));
  conv->bias.zero_();
  passes::prepare(net, int8_per_channel());
  ptq::calibrate(net, images, options);
  return conv->output_quantizer->qparams();
}

}  // namespace

TEST_CASE("Calibration gives every output of the float network a range and freezes it",
          "[calibrate]") {
  at::manual_seed(2);
  nn::Graph net(models::make_architecture("lenet"));
  passes::fuse(net);
  passes::prepare(net, int8_per_channel());
  const data::Dataset images = noise(7);

  std::vector<float> largest;
  net.forward(nn::pixels(images, 0, 5), quant::Pass::kFloat,
              [&](const nn::Node&, const ops::Signal& signal) {
                largest.push_back(signal.values.max().item<float>());
              });
  ptq::calibrate(net, images,
                 {.images = 5, .batch_size = 2, .methods = {{"*", CalibrationMethod::kMinMax}}});
  const QParams conv1 = net.layers()[0].second->output_quantizer->qparams();
  CHECK(conv1.zero_point == 0);
  CHECK(std::abs(conv1.scale * 255 - largest[0]) <= 1e-5F * largest[0]);
  for (const auto& [name, layer] : net.layers()) {
    CAPTURE(name);
    CHECK(layer->output_quantizer->has_range());
    const at::Tensor scales = at::tensor(layer->weight_quantizer->scales());
    CHECK(at::allclose(scales * 127, layer->weight.abs().flatten(1).amax(1)));
  }
}

TEST_CASE("Moving averages and extremes follow the batches", "[calibrate]") {
  const data::Dataset images = grey_images(1, {51, 102, 255});  // 0.2, 0.4, 1
  const ptq::CalibrateOptions one_at_a_time{.batch_size = 1};
  const QParams average = calibrated_qparams({1}, images, one_at_a_time);
  CHECK(average.scale * 255 == Approx(0.2 + 0.01 * 0.2 + 0.01 * (1 - 0.202)));
  const QParams extremes = calibrated_qparams(
      {1}, images, {.batch_size = 1, .methods = {{"*", CalibrationMethod::kMinMax}}});
  CHECK(extremes.scale * 255 == Approx(1));
}

TEST_CASE("A method is chosen node by node, the last rule wins", "[calibrate]") {
  const data::Dataset images = grey_images(1, {51, 102, 255});
  ptq::CalibrateOptions options{
      .batch_size = 1,
      .methods = {{"*", CalibrationMethod::kMovingAverage}, {"conv", CalibrationMethod::kMinMax}}};
  CHECK(calibrated_qparams({1}, images, options).scale * 255 == Approx(1));
  options.methods.push_back({"con?", CalibrationMethod::kMovingAverage});
  CHECK(calibrated_qparams({1}, images, options).scale * 255 < 0.3);
  options.methods.push_back({"linear", CalibrationMethod::kMinMax});
  CHECK_THROWS_WITH(calibrated_qparams({1}, images, options),
                    "calibration method 'linear=min-max' matches no layer of the network");
}

TEST_CASE("A percentile leaves out the rarest values", "[calibrate]") {
  std::vector<uint8_t> bytes(1000, 51);
  std::fill_n(bytes.begin(), 10, uint8_t{255});
  const data::Dataset images = grey_images(1, bytes);
  ptq::CalibrateOptions options{.methods = {{"*", CalibrationMethod::kPercentile}},
                                .percentile = 99};
  const double bin = 0.8 / 2048;  // the values 0.2 stand at the bottom of the first
  CHECK(calibrated_qparams({1}, images, options).scale * 255 == Approx(0.2 + bin));
  options.percentile = 99.5;
  CHECK(calibrated_qparams({1}, images, options).scale * 255 == Approx(1));
}

TEST_CASE("Least squared error keeps a range that fits and cuts one that does not", "[calibrate]") {
  const ptq::CalibrateOptions options{.methods = {{"*", CalibrationMethod::kMeanSquaredError}}};
  std::vector<uint8_t> ramp;
  for (int i = 0; i < 256; ++i) {
    ramp.push_back(static_cast<uint8_t>(i));
  }
  CHECK(calibrated_qparams({1}, grey_images(16, ramp), options).scale * 255 == Approx(1));
  // In the second channel 81,919 values lie half a code off. Twice as fine codes would hold them,
  // at the price of the one value 255 that is then 127 codes off: 81,919 / 4 > 127^2.
  std::vector<uint8_t> ones(size_t{80} * 32 * 32, 1);
  ones.back() = 255;
  const QParams cut = calibrated_qparams({1, 0.5F}, grey_images(32, ones), options);
  CHECK(cut.scale * 255 < 0.9F);
}

TEST_CASE("Methods are known by name", "[calibrate]") {
  CHECK(ptq::parse_calibration_method("mse") == CalibrationMethod::kMeanSquaredError);
  CHECK_THROWS_WITH(ptq::parse_calibration_method("percentil"),
                    "calibration method 'percentil' is unknown: did you mean 'percentile'?");
}

TEST_CASE("Options that calibration cannot follow are refused", "[calibrate]") {
  const nn::Graph net(models::make_architecture("lenet"));
  CHECK_THROWS_WITH(ptq::check({.images = 0}, net),
                    "calibrate: 0 images, 100 a batch, expected at least 1");
  CHECK_THROWS_WITH(ptq::check({.percentile = 49.5}, net),
                    "calibrate: percentile 49.500000, expected more than 50 and at most 100");
  CHECK_THROWS_WITH(ptq::check({.percentile = std::nan("")}, net),
                    Catch::Contains("expected more than 50 and at most 100"));
  CHECK_NOTHROW(ptq::check({.percentile = 100}, net));
}

TEST_CASE("A network that was not prepared, or never calibrated, is refused by its node",
          "[calibrate]") {
  nn::Graph net(models::make_architecture("lenet"));
  passes::fuse(net);
  const data::Dataset images = noise(4);
  CHECK_THROWS_WITH(ptq::calibrate(net, images, {}),
                    "conv1: this node was not prepared for quantization");
  passes::prepare(net, int8_per_channel());
  CHECK_THROWS_WITH(ptq::correct_bias(net, images, {}),
                    "conv1: its output was never observed; train or calibrate the network first");
  CHECK_THROWS_WITH(ptq::learn_rounding(net, images, {}),
                    "conv1: its output was never observed; train or calibrate the network first");
}

TEST_CASE("Ranks that share out a calibration choose the ranges that one chooses, to the bit",
          "[calibrate]") {
  at::manual_seed(4);
  nn::Graph net(models::make_architecture("lenet"));
  passes::fuse(net);
  passes::prepare(net, int8_per_channel());
  const data::Dataset images = noise(45);
  ptq::CalibrateOptions options{.images = 43, .batch_size = 4};  // eleven batches
  for (const auto& [pattern, method] : {std::pair{"conv1", CalibrationMethod::kMinMax},
                                        {"conv2", CalibrationMethod::kPercentile},
                                        {"fc2", CalibrationMethod::kMeanSquaredError}}) {
    options.methods.push_back({pattern, method});
  }
  nn::Graph alone = net.clone();
  ptq::calibrate(alone, images, options);
  for (const int size : {2, 3, 4}) {
    CAPTURE(size);
    ThreadRanks::run(size, [&](Communicator& ranks) {
      nn::Graph own = net.clone();
      ptq::calibrate(own, images, options, ranks);
      const auto expected = alone.state();
      const auto state = own.state();
      REQUIRE(state.size() == expected.size());
      for (size_t i = 0; i < state.size(); ++i) {
        REQUIRE(at::equal(state[i].second, expected[i].second));
      }
    });
  }
}

TEST_CASE("A calibration that one rank refuses ends on all", "[calibrate]") {
  at::manual_seed(4);
  nn::Graph net(models::make_architecture("lenet"));
  passes::fuse(net);
  passes::prepare(net, int8_per_channel());
  CHECK_THROWS_WITH(ThreadRanks::run(3,
                                     [&](Communicator& ranks) {
                                       nn::Graph own = net.clone();
                                       ptq::calibrate(
                                           own,
                                           grey_images(ranks.rank() == 1 ? 5 : 28,
                                                       std::vector<uint8_t>(3 * 28 * 28 * 25)),
                                           {}, ranks);
                                     }),
                    Catch::Contains("5"));
}
