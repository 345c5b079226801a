#include <ATen/ATen.h>

#include <memory>
#include <random>

#include "catch.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/prepare.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/trainer.h"

using namespace floatsd;

namespace {

constexpr int64_t kSide = 8;
constexpr int64_t kChannels = 3;
constexpr int kClasses = 10;

/// Each class is a random pattern, and each image its pattern under noise of the same strength.
data::Dataset noisy_patterns(int64_t count, uint32_t seed) {
  data::Dataset set{.name = "noisy patterns",
                    .count = count,
                    .channels = kChannels,
                    .height = kSide,
                    .width = kSide,
                    .classes = kClasses};
  const int64_t size = set.image_size();
  std::mt19937 drawn(7);
  std::vector<int> patterns(static_cast<size_t>(kClasses * size));
  for (int& value : patterns) {
    value = static_cast<int>(drawn() % 60);
  }
  std::mt19937 random(seed);
  for (int64_t n = 0; n < count; ++n) {
    const auto label = static_cast<uint8_t>(random() % kClasses);
    set.labels.push_back(label);
    for (int64_t i = 0; i < size; ++i) {
      set.images.push_back(
          static_cast<uint8_t>(patterns[label * size + i] + static_cast<int>(random() % 120)));
    }
  }
  return set;
}

nn::InputSpec input_of_patterns() {
  return {.channels = kChannels,
          .height = kSide,
          .width = kSide,
          .mean = {0.25F, 0.25F, 0.25F},
          .deviation = {0.16F, 0.16F, 0.16F}};
}

/// Two residual blocks with batch norm, the second one a linear bottleneck as in MobileNetV2.
nn::Graph small_residual_network(uint64_t seed = 3) {
  at::manual_seed(seed);
  nn::Architecture arch("small-residual", input_of_patterns());
  const nn::op::Conv2d same = {.out_channels = 16, .kernel = 3, .padding = 1};
  const int stem = arch.add_convolution("stem", same, nn::Activation::kRelu);
  arch.add_convolution("first", same, nn::Activation::kRelu);
  const int second = arch.add_convolution("second", same, nn::Activation::kNone);
  const int sum = arch.add("sum", nn::op::Add{}, {second, stem});
  arch.add_convolution("expand", {.out_channels = 48}, nn::Activation::kRelu);
  arch.add_convolution("depthwise", {.out_channels = 48, .kernel = 3, .padding = 1, .groups = 48},
                       nn::Activation::kRelu);
  const int project = arch.add_convolution("project", {.out_channels = 16}, nn::Activation::kNone);
  arch.add("last-sum", nn::op::Add{}, {project, sum});
  arch.add("pool", nn::op::GlobalAveragePool{});
  arch.add("classifier", nn::op::Linear{kClasses});
  nn::Graph net(arch);
  passes::fuse(net);
  return net;
}

/// Without batch norm.
nn::Graph small_plain_network(uint64_t seed) {
  at::manual_seed(seed);
  nn::Architecture arch("small-plain", input_of_patterns());
  for (const char* name : {"first", "second"}) {
    arch.add(name, nn::op::Conv2d{.out_channels = 16, .kernel = 3, .padding = 1, .bias = true});
    arch.add(std::string(name) + "-relu", nn::op::Relu{});
  }
  arch.add("pool", nn::op::MaxPool{2});
  arch.add("flatten", nn::op::Flatten{});
  arch.add("hidden", nn::op::Linear{32});
  arch.add("hidden-relu", nn::op::Relu{});
  arch.add("classifier", nn::op::Linear{kClasses});
  nn::Graph net(arch);
  passes::fuse(net);
  return net;
}

struct Learned {
  double loss;      ///< of the last epoch
  double rate;      ///< of its first step
  int64_t correct;  ///< of 1000 new images
};

Learned train_on(nn::Graph& net, train::TrainOptions options, double peak = 0.1) {
  const data::Dataset images = noisy_patterns(1600, 1);
  options.epochs = 3;
  options.batch_size = 32;
  options.schedule = {.curve = train::LrCurve::kOneCycle, .peak = peak};
  train::Trainer trainer(net, images, options);
  train::EpochResult last;
  while (!trainer.done()) {
    last = trainer.run_epoch();
  }
  return {last.loss, last.learning_rate,
          train::evaluate(net, noisy_patterns(1000, 2), passes::evaluation_pass(trainer.phase()))
              .correct};
}

Learned train_quantized(nn::Graph net, const std::string& rule, const train::TrainOptions& options,
                        quant::QConfig qconfig = {}, double peak = 0.1) {
  qconfig.rules = {quant::parse_qconfig_rule(rule)};
  passes::prepare(net, qconfig);
  return train_on(net, options, peak);
}

constexpr passes::PhaseSchedule kNothingFrozen = {.freeze_epochs = 0};

/// The mean of three seeds: one alone moves by 30 from machine to machine.
template <typename Learn>
int64_t mean_of_seeds(const Learn& learn) {
  return (learn(3) + learn(4) + learn(5)) / 3;
}

}  // namespace

TEST_CASE("A residual network with batch norm learns quantized from its first step on, as in float",
          "[trainer]") {
  const int64_t in_float = mean_of_seeds([](uint64_t seed) {
    nn::Graph net = small_residual_network(seed);
    return train_on(net, {}).correct;
  });
  const auto quantized = [&](const std::string& rule, const quant::QConfig& qconfig) {
    return mean_of_seeds([&](uint64_t seed) {
      return train_quantized(small_residual_network(seed), rule, {.phases = kNothingFrozen},
                             qconfig)
          .correct;
    });
  };
  INFO("float: " << in_float << " of 1000 right");
  REQUIRE(in_float > 800);
  CHECK(quantized("*=int8:per-tensor", {}) > in_float - 60);
  CHECK(quantized("*=floatsd4:per-channel", {}) > in_float - 75);
  // What a range that lags costs: the reason why `peak` and `latest` are the defaults.
  const quant::QConfig lagging = {
      .weight_observer = quant::RangeMethod::kMovingAverage,
      .activation_observers = {{"*", quant::RangeMethod::kMovingAverage}}};
  CHECK(quantized("*=floatsd4:per-channel", lagging) < in_float - 90);
}

TEST_CASE("A network without batch norm learns quantized at a low rate, as in float", "[trainer]") {
  constexpr double kRate = 0.02;
  const int64_t in_float = mean_of_seeds([&](uint64_t seed) {
    nn::Graph net = small_plain_network(seed);
    return train_on(net, {}, kRate).correct;
  });
  const auto quantized = [&](const std::string& rule, const quant::QConfig& qconfig) {
    return mean_of_seeds([&](uint64_t seed) {
      return train_quantized(small_plain_network(seed), rule, {.phases = kNothingFrozen}, qconfig,
                             kRate)
          .correct;
    });
  };
  const int64_t int8 = quantized("*=int8:per-tensor", {});
  INFO("float and INT8: " << in_float << " and " << int8 << " of 1000 right");
  REQUIRE(in_float > 750);
  CHECK(int8 > in_float - 30);
  CHECK(quantized("*=floatsd4:per-tensor", {}) > in_float - 30);
  // Weights that grow out of a range that lags get no gradient.
  CHECK(quantized("*=int8:per-tensor", {.weight_observer = quant::RangeMethod::kMovingAverage}) <
        int8 - 20);
}

TEST_CASE("Batch norm freezes with the statistics of the weights, however quickly those move",
          "[trainer]") {
  nn::Graph net = small_residual_network();
  passes::prepare(net, {.rules = {quant::parse_qconfig_rule("*=floatsd4:per-channel")}});
  const data::Dataset images = noisy_patterns(64, 1);  // one step an epoch
  train::TrainOptions options;
  options.epochs = 24;
  options.batch_size = 64;
  options.schedule = {.curve = train::LrCurve::kOneCycle, .peak = 0.3};
  options.phases.freeze_epochs = 10;
  train::Trainer trainer(net, images, options);
  double before = 0;
  while (trainer.epoch() < options.epochs - options.phases.freeze_epochs) {
    before = trainer.run_epoch().loss;
  }
  const double frozen = trainer.run_epoch().loss;
  CAPTURE(before, frozen);
  CHECK(frozen < before + 0.3);
}

TEST_CASE("Batch norm that freezes in the middle of a schedule does not undo what was learned",
          "[trainer]") {
  const Learned whole = train_quantized(small_residual_network(), "*=floatsd4:per-channel",
                                        {.phases = kNothingFrozen});
  const Learned frozen = train_quantized(small_residual_network(), "*=floatsd4:per-channel",
                                         {.phases = {.freeze_epochs = 1}});
  const Learned part = train_quantized(small_residual_network(), "*=floatsd4:per-channel", {});
  INFO("right: " << whole.correct << ", with a frozen epoch " << frozen.correct
                 << ", with a part of one " << part.correct);
  CHECK(whole.rate > 0.02);
  CHECK(frozen.rate == 0.002);
  CHECK(part.rate == whole.rate);
  CHECK(frozen.correct > whole.correct - 60);
  CHECK(part.correct > whole.correct - 60);
}
