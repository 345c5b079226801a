#include "train/weight_update.h"

#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "core/minifloat.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/trainer.h"
#include "temporary_folder.h"
#include "tiny_images.h"
#include "train/master_copy.h"
#include "train/single_trigger.h"

using namespace floatsd;
using train::MasterCopy;
using train::SingleTrigger;
using train::UpdateKind;

namespace {

constexpr train::SgdOptions kPlain = {.momentum = 0, .weight_decay = 0};

/// A weight of one row, and a bias of as many zeros.
struct Parameters {
  explicit Parameters(std::vector<float> row)
      : weight(at::tensor(row).unsqueeze(0).requires_grad_()),
        bias(at::zeros({static_cast<int64_t>(row.size())}).requires_grad_()) {}

  at::Tensor weight, bias;
  [[nodiscard]] std::vector<at::Tensor> all() const { return {weight, bias}; }
  void step(train::Optimizer& optimizer, const std::vector<float>& gradient) const {
    weight.mutable_grad() = at::tensor(gradient).unsqueeze(0);
    bias.mutable_grad() = at::tensor(gradient);
    optimizer.step(1.0);
  }
  void check(const std::vector<float>& expected) const {
    INFO(weight);
    CHECK(at::equal(weight.detach(), at::tensor(expected).unsqueeze(0)));
  }
};

train::SingleTriggerOptions from_weights() { return {.start = train::StartOfDigits::kWeights}; }

train::TrainOptions short_training(UpdateKind kind) {
  return {.epochs = 3, .batch_size = 16, .schedule = {.peak = 0.02}, .update = {.kind = kind}};
}

train::NetworkSpec fp8_lenet() {
  const Minifloat* fp8 = &find_minifloat("fp8-1-5-2");
  return {.architecture = models::make_architecture("lenet"),
          .signals = {fp8, fp8, quant::Sums::kFloat16}};
}

nn::Graph fresh() {
  at::manual_seed(11);
  return train::make_graph(fp8_lenet());
}

}  // namespace

TEST_CASE("A single-trigger step moves one state, and the network sees its first group",
          "[update]") {
  // The largest, 1, lies at exponent 1: 4/7 of the offset's range is 0.57. One state is 1/8 * 2.
  const Parameters parameters({1.0F, 0.5F, 0.0F, 0.0F});
  SingleTrigger optimizer(parameters.all(), kPlain, find_digit_form("floatsd4"), from_weights());
  parameters.check({1.0F, 0.5F, 0.0F, 0.0F});
  parameters.step(optimizer, {0, 1.0F, -1.0F, -0.01F});
  // 0.5 is 4 eighths, 0 gets one; -0.01 moves a lower group only.
  parameters.check({1.0F, 0.25F, 0.125F, 0.0F});
  CHECK(at::equal(parameters.bias.detach(), at::tensor({0.0F, -1.0F, 1.0F, 0.01F})));
}

TEST_CASE("Small single-trigger steps add up behind the first group", "[update]") {
  const Parameters parameters({1.0F, 0.0F});
  SingleTrigger optimizer(parameters.all(), kPlain, find_digit_form("floatsd4"), from_weights());
  int steps = 0;
  while (parameters.weight[0][1].item<float>() == 0 && steps < 100) {
    parameters.step(optimizer, {0, -0.01F});
    ++steps;
  }
  CHECK(steps == 4);  // states 1, 2, 4 of the second group, then its carry
  parameters.check({1.0F, 0.125F});
}

TEST_CASE("Weight decay sees all digit groups, though the network computes with a part",
          "[update]") {
  const Parameters parameters({1.0F, 0.0625F});  // 4/64: the second group's
  SingleTrigger optimizer(parameters.all(), {.momentum = 0, .weight_decay = 1},
                          find_digit_form("floatsd4"), from_weights());
  parameters.check({1.0F, 0.0F});
  parameters.step(optimizer, {0, 0});
  CHECK(parameters.weight[0][0].item<float>() == 0.5F);
  const serialize::Value state = optimizer.state();
  const at::Tensor groups = serialize::Field(state, "state")["weights"][0]["groups"].tensor();
  CHECK(unpack_groups(find_digit_form("floatsd4"), groups[0][1].item<int32_t>()).index[0] == 2);
}

TEST_CASE(
    "Drawn digit groups use every state and start with a range between half of Kaiming's and all "
    "of it",
    "[update]") {
  at::manual_seed(5);
  const at::Tensor weight = at::zeros({40, 25}).requires_grad_();
  const SingleTrigger optimizer({weight}, kPlain, find_digit_form("floatsd4"), {});
  CHECK(std::get<0>(at::_unique(weight.detach())).numel() == 7);
  const double bound = std::sqrt(6.0 / 25);
  CHECK(weight.abs().max().item<double>() <= bound);
  CHECK(weight.abs().max().item<double>() > bound / 2 * 0.8);
}

TEST_CASE("A gradient that FP8 cannot hold ends a single-trigger training", "[update]") {
  const Parameters parameters({1.0F});
  SingleTrigger optimizer(parameters.all(), kPlain, find_digit_form("floatsd4"), from_weights());
  CHECK_THROWS_AS(parameters.step(optimizer, {240.0F}), Diverged);
}

TEST_CASE("The master copy keeps what its rounding to FloatSD4 hides", "[update]") {
  const Parameters parameters({1.0F, 0.38F, 0.012F});
  MasterCopy optimizer(parameters.all(), kPlain, find_digit_form("floatsd4"),
                       train::MasterPrecision::kFloat32);
  parameters.check({1.0F, 0.5F, 0.015625F});  // 0.38 lies above 0.375, 0.012 above 3/4 of 1/64
  const auto scale = static_cast<float>(optimizer.loss_scale());
  CHECK(scale == 32768.0F);
  parameters.step(optimizer, {0, scale / 256, 0});  // 0.376
  parameters.check({1.0F, 0.5F, 0.015625F});
  parameters.step(optimizer, {0, scale / 256, 0});  // 0.372
  parameters.check({1.0F, 0.25F, 0.015625F});
}

TEST_CASE("A gradient that overflows FP8 skips the step and halves the loss scale", "[update]") {
  const Parameters parameters({1.0F, 0.5F});
  MasterCopy optimizer(parameters.all(), kPlain, find_digit_form("floatsd4"),
                       train::MasterPrecision::kFloat32);
  parameters.step(optimizer, {0, 240.0F});
  parameters.check({1.0F, 0.5F});
  CHECK(optimizer.loss_scale() == 0x1p14);
  CHECK(parameters.bias.abs().max().item<float>() == 0);
}

TEST_CASE("The loss scale doubles after 1000 clean steps, up to 2^31", "[update]") {
  train::LossScale scale;
  for (int i = 0; i < 999; ++i) {
    scale.follow(true);
  }
  CHECK(scale.scale == 0x1p15);
  scale.follow(true);
  CHECK(scale.scale == 0x1p16);
  for (int i = 0; i < 20000; ++i) {
    scale.follow(true);
  }
  CHECK(scale.scale == 0x1p31);
}

TEST_CASE("Every kind of update learns, and resumes to the bit", "[update]") {
  const data::Dataset images = tiny_images(70);
  const auto finish = [](train::Trainer& trainer) {
    while (!trainer.done()) {
      trainer.run_epoch();
    }
  };
  for (const UpdateKind kind : {UpdateKind::kSingleTrigger, UpdateKind::kMasterCopy}) {
    INFO(to_string(kind));
    train::TrainOptions options = short_training(kind);
    options.epochs = 20;
    options.schedule.peak = 0.05;
    nn::Graph whole = fresh();
    train::Trainer uninterrupted(whole, images, options);
    finish(uninterrupted);
    CHECK(train::evaluate(whole, images, quant::Pass::kFloat).correct >= 60);

    nn::Graph before = fresh();
    train::Trainer stopped(before, images, options);
    int steps = 0;
    stopped.run_epoch([&](const train::Progress&) { return ++steps < 3; });
    train::Checkpoint checkpoint =
        train::make_checkpoint(fp8_lenet(), before, quant::Pass::kTrainFloat);
    checkpoint.trainer = stopped.state();
    const TemporaryFolder folder;
    train::save_checkpoint(checkpoint, folder / "stopped.pt");

    const train::Checkpoint loaded = train::load_checkpoint(folder / "stopped.pt");
    CHECK(loaded.spec.signals == fp8_lenet().signals);
    nn::Graph after = train::restore_graph(loaded);
    train::Trainer resumed(after, images, options);
    resumed.load_state({loaded.trainer, "trainer"});
    finish(resumed);
    for (size_t i = 0; i < whole.state().size(); ++i) {
      REQUIRE(at::equal(whole.state()[i].second, after.state()[i].second));
    }
  }
}

TEST_CASE("States that no training leaves are refused", "[update]") {
  const auto with = [](const serialize::Value& state, const std::string& key,
                       const serialize::Value& value) {
    serialize::Dict changed;
    for (const auto& entry : state.get_if<serialize::Dict>()->entries) {
      changed.add(entry.key, entry.key == key ? value : entry.value);
    }
    return serialize::Value(std::move(changed));
  };
  const auto refuses = [](train::Optimizer& optimizer, const serialize::Value& state,
                          const char* message) {
    CHECK_THROWS_WITH(optimizer.load_state(serialize::Field(state, "state")),
                      Catch::Contains(message));
  };
  const Parameters parameters({0.5F, -0.25F});
  train::MasterCopy master(parameters.all(), {}, find_digit_form("floatsd4"),
                           train::MasterPrecision::kFloat32);
  refuses(master, with(master.state(), "loss_scale", 0.0), "loss scale 0.0");
  refuses(master, with(master.state(), "clean_steps", -1), "after -1 clean steps");

  train::SingleTrigger single(parameters.all(), {}, find_digit_form("floatsd4"), from_weights());
  const serialize::Value state = single.state();
  const serialize::List& weights =
      *state.get_if<serialize::Dict>()->find("weights")->get_if<serialize::List>();
  const serialize::List far{{with(weights.items[0], "offset", 175)}};
  refuses(single, with(state, "weights", far), "175, expected -104 to 174");
}

TEST_CASE("Digit groups are no quantized network's", "[update]") {
  const data::Dataset images = tiny_images(70);
  train::NetworkSpec spec{.architecture = models::make_architecture("lenet")};
  spec.qconfig.rules.push_back(quant::parse_qconfig_rule("*=floatsd4:per-channel"));
  nn::Graph graph = train::make_graph(spec);
  CHECK_THROWS_WITH(train::Trainer(graph, images, short_training(UpdateKind::kSingleTrigger)),
                    Catch::Contains("update: single-trigger"));
  spec.signals = fp8_lenet().signals;
  CHECK_THROWS_WITH(train::make_graph(spec), Catch::Contains("activations"));
}
