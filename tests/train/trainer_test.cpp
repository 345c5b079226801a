#include "floatsd/train/trainer.h"

#include <ATen/ATen.h>

#include <cmath>
#include <tuple>
#include <type_traits>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "nn/layer.h"
#include "nn/pixels.h"
#include "quant/quantizer.h"
#include "serialize/torch_file.h"
#include "temporary_folder.h"
#include "tiny_images.h"
#include "train/finite.h"

using namespace floatsd;
using train::Trainer;
using train::TrainOptions;

namespace {

train::NetworkSpec spec(const std::vector<std::string>& texts = {"*=floatsd4:per-channel"}) {
  train::NetworkSpec spec{.architecture = models::make_architecture("lenet")};
  for (const std::string& text : texts) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(text));
  }
  return spec;
}

TrainOptions short_training() {
  return {.epochs = 3,
          .batch_size = 16,
          .schedule = {.peak = 0.02},
          .phases = {.observe_epochs = 1, .freeze_epochs = 1}};
}

nn::Graph fresh(const train::NetworkSpec& spec) {
  at::manual_seed(11);
  return train::make_graph(spec);
}

bool go_on(const train::Progress&) { return true; }

/// Trains to the end, or for `steps` steps.
void run(Trainer& trainer, int steps = 1 << 30) {
  while (!trainer.done() && steps > 0) {
    trainer.run_epoch([&](const train::Progress&) { return --steps > 0; });
  }
}

void save(const nn::Graph& graph, const Trainer& trainer, const train::NetworkSpec& spec,
          const std::filesystem::path& path) {
  train::Checkpoint checkpoint = train::make_checkpoint(spec, graph, trainer.phase());
  checkpoint.trainer = trainer.state();
  train::save_checkpoint(checkpoint, path);
}

/// Every part of the augmentation.
constexpr data::Augment kAugment = {.crop_padding = 2, .flip = true, .cutout = 5};

/// Trains once to the end, and once for each of `stops` with a stop after so many steps.
void require_equal_when_resumed(const TrainOptions& options, const std::vector<int>& stops,
                                const train::NetworkSpec& spec = ::spec()) {
  const data::Dataset images = tiny_images(70);  // five steps an epoch, the last one of six images
  const TemporaryFolder folder;
  nn::Graph whole = fresh(spec);
  Trainer uninterrupted(whole, images, options);
  run(uninterrupted);
  save(whole, uninterrupted, spec, folder / "whole.pt");

  for (const int steps : stops) {
    INFO("stopped after " << steps << " steps");
    nn::Graph before = fresh(spec);
    Trainer stopped(before, images, options);
    run(stopped, steps);
    save(before, stopped, spec, folder / "stopped.pt");

    const train::Checkpoint checkpoint = train::load_checkpoint(folder / "stopped.pt");
    nn::Graph after = train::restore_graph(checkpoint);
    Trainer resumed(after, images, options);
    resumed.load_state({checkpoint.trainer, "trainer"});
    run(resumed);
    save(after, resumed, spec, folder / "resumed.pt");
    CHECK(read_file(folder / "resumed.pt") == read_file(folder / "whole.pt"));
  }
}

}  // namespace

TEST_CASE("Neither a trainer nor a loader takes a data set that is about to go", "[train]") {
  STATIC_REQUIRE_FALSE(
      std::is_constructible_v<Trainer, nn::Graph&, data::Dataset, train::TrainOptions>);
  STATIC_REQUIRE(
      std::is_constructible_v<Trainer, nn::Graph&, const data::Dataset&, train::TrainOptions>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<data::Loader, data::Dataset, data::Loader::Options,
                                               int64_t, int64_t>);
}

TEST_CASE("The class is the largest logit, the lowest class at a tie", "[train]") {
  const at::Tensor logits =
      at::tensor({1.0F, 3.0F, 3.0F, 0.0F, 0.0F, 0.0F, -1.0F, -2.0F, 5.0F}).reshape({3, 3});
  CHECK(at::equal(train::classify(logits), at::tensor({1, 0, 2}, at::kLong)));
}

TEST_CASE("Quantized training learns", "[train]") {
  const data::Dataset images = tiny_images(160);
  nn::Graph graph = fresh(spec());
  Trainer trainer(graph, images, {.epochs = 12, .batch_size = 16, .schedule = {.peak = 0.03}});
  const double first = trainer.run_epoch(go_on).loss;
  run(trainer);
  const train::Accuracy accuracy = train::evaluate(graph, images, quant::Pass::kInteger);
  INFO("first loss " << first << ", " << accuracy.correct << " right");
  CHECK(accuracy.total == 160);
  CHECK(accuracy.correct >= 150);
}

TEST_CASE("A training that is stopped, saved and resumed ends equal to the bit", "[train]") {
  require_equal_when_resumed(short_training(), {1, 4, 5, 7, 12, 14});
}

TEST_CASE(
    "A training with a weight average, smoothed labels, augmentation and two workers resumes to "
    "the bit",
    "[train]") {
  TrainOptions options = short_training();
  options.augment = kAugment;
  options.workers = 2;
  options.schedule.curve = train::LrCurve::kOneCycle;
  options.sgd.weight_decay_on = train::WeightDecayOn::kWeights;
  options.label_smoothing = 0.1;
  options.ema_decay = 0.9;
  require_equal_when_resumed(options, {1, 5, 7, 14});
}

TEST_CASE("A training that learns its scales and ranges resumes to the bit", "[train]") {
  train::NetworkSpec learned = spec({"*=int4:per-channel:learned"});
  learned.qconfig.activation_observers = {{"*", quant::RangeMethod::kLearned}};
  TrainOptions options = short_training();
  options.schedule.peak = 0.01;
  require_equal_when_resumed(options, {4, 7, 12}, learned);

  const data::Dataset images = tiny_images(70);
  nn::Graph graph = fresh(learned);
  Trainer trainer(graph, images, options);
  run(trainer, 6);  // the first epoch only observes; one quantized step
  const nn::Layer& conv = *graph.layers().front().second;
  const at::Tensor first = conv.weight_quantizer->learned_scale().detach().clone();
  const auto range = [&] { return conv.output_quantizer->parameters()[1].item<float>(); };
  const float first_range = range();
  run(trainer, 2);
  CHECK_FALSE(at::equal(conv.weight_quantizer->learned_scale(), first));
  CHECK(range() != first_range);
}

TEST_CASE("A training whose batch norm freezes resumes to the bit", "[train]") {
  train::NetworkSpec folded = spec();
  folded.architecture = nn::Architecture("folded", {.channels = 1, .height = 28, .width = 28});
  folded.architecture.add_convolution("conv1", {.out_channels = 6, .kernel = 5, .stride = 2},
                                      nn::Activation::kRelu);
  folded.architecture.add("flatten", nn::op::Flatten{});
  folded.architecture.add("fc1", nn::op::Linear{10});
  // The last epoch begins after ten steps, with statistics that settle.
  require_equal_when_resumed(short_training(), {9, 10, 11, 14}, folded);
  TrainOptions options = short_training();
  options.phases.batch_norm_freeze_epochs = 0.4;  // from the middle of an epoch on
  options.phases.freeze_epochs = 0.2;
  require_equal_when_resumed(options, {11, 12, 13, 14}, folded);
  options = short_training();
  options.ema_decay = 0.9;
  options.augment = kAugment;
  require_equal_when_resumed(options, {10, 11}, folded);
  options.phases.freeze_epochs = 0.4;
  require_equal_when_resumed(options, {13, 14}, folded);
}

TEST_CASE("A batch norm that no layer folds freezes as the others do", "[train]") {
  train::NetworkSpec behind = spec();
  behind.architecture = nn::Architecture("behind", {.channels = 1, .height = 28, .width = 28});
  behind.architecture.add("conv1", nn::op::Conv2d{.out_channels = 6, .kernel = 5, .stride = 2});
  behind.architecture.add("relu1", nn::op::Relu{});
  behind.architecture.add("norm1", nn::op::BatchNorm{});
  behind.architecture.add("flatten", nn::op::Flatten{});
  behind.architecture.add("fc1", nn::op::Linear{10});
  const data::Dataset images = tiny_images(70);
  nn::Graph graph = fresh(behind);
  Trainer trainer(graph, images, short_training());
  train::EpochResult last;
  while (!trainer.done()) {
    last = trainer.run_epoch();
  }
  CHECK(last.learning_rate == short_training().frozen_rate);
}

TEST_CASE("Learned scales have no average before they are observed", "[train]") {
  const data::Dataset images = tiny_images(20);
  nn::Graph graph = fresh(spec({"*=int4:per-channel:learned"}));
  TrainOptions options = short_training();
  options.ema_decay = 0.9;
  CHECK_NOTHROW(Trainer(graph, images, options));
  options.phases.float_epochs = 1;
  CHECK_THROWS_WITH(Trainer(graph, images, options), Catch::Contains("ema-decay"));
}

TEST_CASE("A student comes to answer as its teacher, whatever the labels say", "[train]") {
  data::Dataset images = tiny_images(160);
  nn::Graph teacher = fresh({.architecture = models::make_architecture("lenet")});
  Trainer lesson(teacher, images, {.epochs = 12, .batch_size = 16, .schedule = {.peak = 0.03}});
  run(lesson);
  const data::Dataset right = images;
  REQUIRE(train::evaluate(teacher, right, quant::Pass::kFloat).correct >= 150);
  for (uint16_t& label : images.labels) {
    label = 0;
  }
  nn::Graph student = fresh(spec());
  Trainer trainer(student, images,
                  {.epochs = 12,
                   .batch_size = 16,
                   .schedule = {.peak = 0.03},
                   .distillation = {.share = 1, .temperature = 1}},
                  {.teacher = &teacher});
  run(trainer);
  CHECK(train::evaluate(student, right, quant::Pass::kInteger).correct >= 140);
}

TEST_CASE("A training with plain momentum that stops in its warm-up resumes to the bit",
          "[train]") {
  TrainOptions options = short_training();
  options.schedule = {.curve = train::LrCurve::kStep,
                      .peak = 0.02,
                      .warmup_epochs = 0.7,
                      .decay_epochs = 1,
                      .decay_rate = 0.5};
  options.sgd.kind = train::SgdKind::kMomentum;
  require_equal_when_resumed(options, {2, 6, 12});
}

TEST_CASE("An epoch tells the learning rate of its first step", "[train]") {
  const data::Dataset images = tiny_images(20);
  nn::Graph graph = fresh({.architecture = models::make_architecture("lenet")});
  Trainer trainer(
      graph, images,
      {.epochs = 3,
       .batch_size = 10,
       .schedule = {
           .curve = train::LrCurve::kStep, .peak = 0.04, .decay_epochs = 1, .decay_rate = 0.5}});
  CHECK(trainer.run_epoch(go_on).learning_rate == 0.04);
  CHECK(trainer.run_epoch(go_on).learning_rate == 0.02);
  CHECK(trainer.run_epoch(go_on).learning_rate == 0.01);
}

TEST_CASE("Label smoothing gives every class a share of the target", "[train]") {
  const data::Dataset images = tiny_images(20);
  nn::Graph graph = fresh({.architecture = models::make_architecture("lenet")});
  const at::Tensor classes =
      at::tensor(std::vector<int64_t>(images.labels.begin(), images.labels.end()));
  const at::Tensor surprise =
      -graph.forward(nn::pixels(images, 0, 20), quant::Pass::kTrainFloat).detach().log_softmax(1);
  const auto of_class = surprise.gather(1, classes.unsqueeze(1)).mean().item<double>();
  const auto of_all = surprise.mean().item<double>();
  Trainer trainer(graph, images, {.epochs = 1, .batch_size = 20, .label_smoothing = 0.25});
  CHECK(trainer.run_epoch(go_on).loss == Approx(0.75 * of_class + 0.25 * of_all));
}

TEST_CASE("Between epochs the network is the average, and trains on without it", "[train]") {
  const data::Dataset images = tiny_images(70);
  TrainOptions options = short_training();
  nn::Graph plain = fresh(spec());
  Trainer without(plain, images, options);
  run(without);

  options.ema_decay = 0.5;
  nn::Graph averaged = fresh(spec());
  Trainer with(averaged, images, options);
  run(with);
  const serialize::Value state = with.state();
  const serialize::Field trained = serialize::Field(state, "trainer")["average"]["network"];
  const auto averages = averaged.state();
  REQUIRE(trained.size() == averages.size());
  for (size_t i = 0; i < averages.size(); ++i) {
    const auto& [name, average] = averages[i];
    INFO(name);
    CHECK(at::equal(trained[name].tensor(), plain.state()[i].second));
    const bool is_a_weight = name.ends_with(".weight");
    CHECK((!is_a_weight || !at::equal(average, trained[name].tensor())));
  }
}

TEST_CASE("Augmentation changes a training, the number of workers does not", "[train]") {
  const data::Dataset images = tiny_images(70);
  const auto trained_with = [&](const data::Augment& augment, int workers) {
    nn::Graph graph = fresh({.architecture = models::make_architecture("lenet")});
    Trainer trainer(graph, images,
                    {.epochs = 2, .batch_size = 16, .augment = augment, .workers = workers});
    run(trainer);
    return graph.parameters();
  };
  const auto plain = trained_with({}, 1);
  const auto augmented = trained_with(kAugment, 1);
  const auto more_workers = trained_with(kAugment, 3);
  for (size_t i = 0; i < plain.size(); ++i) {
    CHECK_FALSE(at::equal(plain[i], augmented[i]));
    CHECK(at::equal(augmented[i], more_workers[i]));
  }
}

TEST_CASE("A checkpoint with a weight average is refused by a training without", "[train]") {
  const data::Dataset images = tiny_images(20);
  TrainOptions options = short_training();
  nn::Graph graph = fresh(spec());
  Trainer without(graph, images, options);
  options.ema_decay = 0.5;
  Trainer with(graph, images, options);
  const serialize::Value averaged = with.state();
  CHECK_THROWS_WITH(without.load_state({averaged, "last.pt"}),
                    "last.pt: was saved with a weight average, and the training is without one");
  const serialize::Value plain = without.state();
  CHECK_THROWS_WITH(with.load_state({plain, "last.pt"}),
                    "last.pt: was saved without a weight average, and the training is with one");
}

TEST_CASE("A loss that is not finite ends the training", "[train]") {
  const data::Dataset images = tiny_images(32);
  nn::Graph graph = fresh({.architecture = models::make_architecture("lenet")});
  Trainer trainer(graph, images, {.epochs = 20, .batch_size = 8, .schedule = {.peak = 1e6}});
  CHECK_THROWS_AS(run(trainer), Diverged);
}

TEST_CASE("A range that is not finite is told with its place", "[train]") {
  const data::Dataset images = tiny_images(32);
  train::NetworkSpec spec{.architecture = models::make_architecture("lenet")};
  spec.qconfig.rules.push_back(quant::parse_qconfig_rule("*=int8:per-tensor"));
  nn::Graph graph = fresh(spec);
  Trainer trainer(graph, images, {.epochs = 20, .batch_size = 8, .schedule = {.peak = 1e30}});
  CHECK_THROWS_WITH(run(trainer), Catch::StartsWith("epoch 1, step 2: conv2: ") &&
                                      Catch::EndsWith("; a lower lr may help"));
}

TEST_CASE("A learned scale or range that is not finite is found", "[train]") {
  train::NetworkSpec learning = spec({"*=int8:per-tensor:learned"});
  learning.qconfig.activation_observers = {{"*", quant::RangeMethod::kLearned}};
  nn::Graph graph = fresh(learning);
  const std::vector<std::tuple<std::string, float, float>> cases = {
      {"conv2.weight_quantizer.scale", 0.0F, INFINITY},
      {"conv2.output_quantizer.observer.min_val", INFINITY, -INFINITY},
      {"conv2.output_quantizer.observer.max_val", -INFINITY, INFINITY},
      {"conv2.output_quantizer.observer.max_val", -INFINITY, NAN},
  };
  for (const auto& [name, unset, bad] : cases) {
    CAPTURE(name, bad);
    at::Tensor tensor;
    for (const auto& [key, value] : graph.state()) {
      tensor = key == name ? value.detach() : tensor;
    }
    REQUIRE(tensor.defined());
    CHECK(at::equal(tensor, at::full_like(tensor, unset)));
    CHECK(train::find_weights_not_finite(graph).empty());
    tensor.fill_(bad);
    CHECK(train::find_weights_not_finite(graph) == "conv2 has weights that are not finite");
    tensor.fill_(unset);
  }
}

TEST_CASE("Options that cannot be are refused by name", "[train]") {
  CHECK_THROWS_WITH(train::check({.epochs = 0}), "epochs: 0, expected 1 or more");
  CHECK_THROWS_WITH(train::check({.batch_size = 0}), "batch-size: 0, expected 1 or more");
  CHECK_THROWS_WITH(train::check({.augment = {.cutout = -1}}), "cutout: -1, expected 0 or more");
  CHECK_THROWS_WITH(train::check({.workers = 0}), "workers: 0, expected 1 or more");
  CHECK_THROWS_AS(train::check({.schedule = {.peak = 0}}), Error);
  CHECK_THROWS_AS(train::check({.epochs = 2, .schedule = {.warmup_epochs = 2}}), Error);
  CHECK_THROWS_AS(train::check({.sgd = {.momentum = 1}}), Error);
  CHECK_THROWS_WITH(train::check({.label_smoothing = 1}),
                    "smoothing: 1.000000, expected at least 0 and below 1");
  CHECK_THROWS_AS(train::check({.label_smoothing = NAN}), Error);
  CHECK_THROWS_WITH(train::check({.ema_decay = -0.5}),
                    "ema-decay: -0.500000, expected at least 0 and below 1");
}

TEST_CASE("Images of another shape than the network's are refused", "[train]") {
  data::Dataset images = tiny_images(4);
  images.height = 14;
  images.width = 56;
  nn::Graph graph = fresh(spec());
  CHECK_THROWS_WITH(train::evaluate(graph, images, quant::Pass::kInteger),
                    "tiny: images of 1 x 14 x 56, expected 1 x 28 x 28, which is what lenet reads");
}

TEST_CASE("A label that is no class, and a network without ranges, are refused", "[train]") {
  data::Dataset images = tiny_images(4);
  nn::Graph graph = fresh(spec());
  CHECK_THROWS_WITH(train::evaluate(graph, images, quant::Pass::kInteger),
                    Catch::StartsWith("conv1: its output was never observed"));
  images.labels[2] = 10;
  CHECK_THROWS_WITH(train::evaluate(graph, images, quant::Pass::kFloat),
                    "tiny: label 10, expected 0 to 9");
  CHECK_THROWS_WITH(Trainer(graph, images, short_training()), "tiny: label 10, expected 0 to 9");
}

TEST_CASE("A training that is done trains no more", "[train]") {
  const data::Dataset images = tiny_images(16);
  nn::Graph graph = fresh(spec());
  Trainer trainer(graph, images, short_training());
  run(trainer);
  CHECK_THROWS_WITH(trainer.run_epoch(), "the training is at its end, after 3 epochs");
}

TEST_CASE("A damaged or foreign checkpoint is refused in one line", "[checkpoint]") {
  const TemporaryFolder folder;
  const nn::Graph graph = fresh(spec());
  train::Checkpoint checkpoint = train::make_checkpoint(spec(), graph, quant::Pass::kQuantize);
  const auto path = folder / "c.pt";
  train::save_checkpoint(checkpoint, path);
  const std::string bytes = read_file(path);
  for (size_t length = 0; length < bytes.size(); length += bytes.size() / 37) {
    write_file(folder / "cut.pt", std::string_view(bytes).substr(0, length));
    CHECK_THROWS_AS(train::load_checkpoint(folder / "cut.pt"), Error);
  }
  serialize::Dict plain;
  plain.add("weight", at::zeros({1}));
  serialize::save_torch_file(folder / "plain.pt", plain);
  CHECK_THROWS_WITH(
      train::load_checkpoint(folder / "plain.pt"),
      Catch::Matchers::Contains("is a file of torch.save, expected a floatsd checkpoint"));
  auto weights = *checkpoint.weights.get_if<serialize::Dict>();
  weights.entries.pop_back();
  checkpoint.weights = weights;
  CHECK_THROWS_WITH(train::restore_graph(checkpoint), Catch::Matchers::Contains("fc2."));
  weights = *train::make_checkpoint(spec(), graph, quant::Pass::kQuantize)
                 .weights.get_if<serialize::Dict>();
  weights.add("fc3.weight", at::zeros({1}));
  checkpoint.weights = weights;
  CHECK_THROWS_WITH(train::restore_graph(checkpoint),
                    "state_dict: fc3.weight is no tensor of lenet");
}

TEST_CASE("A checkpoint with a name that is not known says its file and place", "[checkpoint]") {
  const TemporaryFolder folder;
  const auto path = folder / "later.pt";
  train::save_checkpoint(train::make_checkpoint(spec(), fresh(spec()), quant::Pass::kQuantize),
                         path);
  const serialize::Value saved = serialize::load_torch_file(path);
  const auto with = [&](const std::string& key, serialize::Value value) {
    serialize::Dict file = *saved.get_if<serialize::Dict>();
    serialize::Dict about = *file.find("floatsd")->get_if<serialize::Dict>();
    const auto entry = std::find_if(about.entries.begin(), about.entries.end(),
                                    [&](const auto& each) { return each.key == key; });
    REQUIRE(entry != about.entries.end());
    entry->value = std::move(value);
    std::find_if(file.entries.begin(), file.entries.end(), [](const auto& each) {
      return each.key == "floatsd";
    })->value = std::move(about);
    serialize::save_torch_file(path, std::move(file));
  };
  with("phase", "dreaming");
  CHECK_THROWS_WITH(train::load_checkpoint(path),
                    Catch::StartsWith(path.string() + ": floatsd: phase: phase 'dreaming' is"));
  serialize::List rules;
  rules.items.emplace_back("*=floatsd9:per-channel");
  with("weights", std::move(rules));
  CHECK_THROWS_WITH(train::load_checkpoint(path),
                    Catch::StartsWith(path.string() + ": floatsd: weights: item 0: "));
}
