#include "floatsd/train/trainer.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "floatsd/serialize/torch_file.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/lr_schedule.h"
#include "temporary_folder.h"
#include "tiny_images.h"

using namespace floatsd;
using train::Trainer;
using train::TrainOptions;

namespace {

train::NetworkSpec spec(const std::vector<std::string>& texts = {"*=floatsd4:per-channel"}) {
  train::NetworkSpec spec{.network = "lenet"};
  for (const std::string& text : texts) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(text));
  }
  return spec;
}

TrainOptions short_training() {
  return {.epochs = 3,
          .batch_size = 16,
          .learning_rate = 0.02,
          .phases = {.observe_epochs = 1, .freeze_epochs = 1}};
}

nn::Graph fresh(const train::NetworkSpec& spec) {
  torch::manual_seed(11);
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

}  // namespace

TEST_CASE("The learning rate falls along a cosine", "[train]") {
  CHECK(train::cosine_learning_rate(0.2, 0, 100) == 0.2);
  CHECK(train::cosine_learning_rate(0.2, 50, 100) == Approx(0.1));
  CHECK(train::cosine_learning_rate(0.2, 100, 100) == Approx(0.0).margin(1e-12));
}

TEST_CASE("The class is the largest logit, the lowest class at a tie", "[train]") {
  const at::Tensor logits =
      at::tensor({1.0F, 3.0F, 3.0F, 0.0F, 0.0F, 0.0F, -1.0F, -2.0F, 5.0F}).reshape({3, 3});
  CHECK(at::equal(train::classify(logits), at::tensor({1, 0, 2}, at::kLong)));
}

TEST_CASE("Quantized training learns", "[train]") {
  const data::Dataset images = tiny_images(160);
  nn::Graph graph = fresh(spec());
  Trainer trainer(graph, images, {.epochs = 12, .batch_size = 16, .learning_rate = 0.03});
  const double first = trainer.run_epoch(go_on).loss;
  run(trainer);
  graph.set_pass({quant::Mode::kFrozen});
  const train::Accuracy accuracy = train::evaluate(graph, images);
  INFO("first loss " << first << ", " << accuracy.correct << " right");
  CHECK(accuracy.total == 160);
  CHECK(accuracy.correct >= 150);
}

TEST_CASE("A training that is stopped, saved and resumed ends equal to the bit", "[train]") {
  const data::Dataset images = tiny_images(70);  // five steps an epoch, the last one of six images
  const TemporaryFolder folder;
  nn::Graph whole = fresh(spec());
  Trainer uninterrupted(whole, images, short_training());
  run(uninterrupted);
  save(whole, uninterrupted, spec(), folder / "whole.pt");

  for (const int steps : {1, 4, 5, 7, 12, 14}) {  // in every phase, and at an epoch's end
    INFO("stopped after " << steps << " steps");
    nn::Graph before = fresh(spec());
    Trainer stopped(before, images, short_training());
    run(stopped, steps);
    save(before, stopped, spec(), folder / "stopped.pt");

    const train::Checkpoint checkpoint = train::load_checkpoint(folder / "stopped.pt");
    nn::Graph after = train::restore_graph(checkpoint);
    Trainer resumed(after, images, short_training());
    resumed.load_state({checkpoint.trainer, "trainer"});
    run(resumed);
    save(after, resumed, spec(), folder / "resumed.pt");
    CHECK(read_file(folder / "resumed.pt") == read_file(folder / "whole.pt"));
  }
}

TEST_CASE("A loss that is not finite ends the training", "[train]") {
  const data::Dataset images = tiny_images(32);
  nn::Graph graph = fresh({.network = "lenet"});
  Trainer trainer(graph, images, {.epochs = 20, .batch_size = 8, .learning_rate = 1e6});
  CHECK_THROWS_AS(run(trainer), Diverged);
}

TEST_CASE("Options that cannot be are refused by name", "[train]") {
  CHECK_THROWS_WITH(train::check({.epochs = 0}), "epochs: 0, expected 1 or more");
  CHECK_THROWS_WITH(train::check({.batch_size = 0}), "batch-size: 0, expected 1 or more");
  CHECK_THROWS_AS(train::check({.learning_rate = 0}), Error);
  CHECK_THROWS_AS(train::check({.learning_rate = NAN}), Error);
  CHECK_THROWS_AS(train::check({.momentum = 1}), Error);
  CHECK_THROWS_AS(train::check({.weight_decay = -1}), Error);
}

TEST_CASE("Images of another shape than the network's are refused", "[train]") {
  data::Dataset images = tiny_images(4);
  images.height = 14;
  images.width = 56;
  nn::Graph graph = fresh(spec());
  CHECK_THROWS_WITH(train::evaluate(graph, images),
                    "tiny: its images do not have the shape that lenet reads");
}

TEST_CASE("A damaged or foreign checkpoint is refused in one line", "[checkpoint]") {
  const TemporaryFolder folder;
  const nn::Graph graph = fresh(spec());
  train::Checkpoint checkpoint = train::make_checkpoint(spec(), graph, qat::Phase::kQuantize);
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
  CHECK_THROWS_WITH(train::load_checkpoint(folder / "plain.pt"),
                    Catch::Matchers::Contains("not a floatsd checkpoint"));
  auto weights = *checkpoint.weights.get_if<serialize::Dict>();
  weights.entries.pop_back();
  checkpoint.weights = weights;
  CHECK_THROWS_WITH(train::restore_graph(checkpoint), Catch::Matchers::Contains("fc2."));
}

TEST_CASE("Float weights load from a plain state dict, with or without a module prefix",
          "[checkpoint]") {
  const TemporaryFolder folder;
  const nn::Graph source = fresh({.network = "lenet"});
  for (const std::string prefix : {"", "module."}) {
    serialize::Dict dict;
    for (const auto& [name, tensor] : source.state()) {
      dict.add(prefix + name, tensor.detach());
    }
    serialize::save_torch_file(folder / "plain.pt", dict);
    torch::manual_seed(99);
    nn::Graph graph = train::make_graph(spec());
    train::load_float_weights(graph, folder / "plain.pt");
    CHECK(at::equal(graph.parameters()[4], source.parameters()[4]));
  }
}

TEST_CASE("A float weight that does not fit is named with both shapes", "[checkpoint]") {
  const TemporaryFolder folder;
  nn::Graph graph = fresh({.network = "lenet"});
  const auto path = folder / "plain.pt";
  const auto write_with = [&](const std::string& changed, const serialize::Value& value) {
    serialize::Dict dict;
    for (const auto& [name, tensor] : graph.state()) {
      dict.add(name, name == changed ? value : serialize::Value(tensor.detach()));
    }
    serialize::save_torch_file(path, dict);
  };
  write_with("fc1.weight", at::zeros({84, 400}));
  CHECK_THROWS_WITH(train::load_float_weights(graph, path),
                    path.string() + ": fc1.weight: shape [84, 400], expected [84, 120]");
  write_with("fc1.weight", "text");
  CHECK_THROWS_AS(train::load_float_weights(graph, path), Error);
  serialize::Dict extra;
  for (const auto& [name, tensor] : graph.state()) {
    extra.add(name, tensor.detach());
  }
  extra.add("fc3.weight", at::zeros({1}));
  serialize::save_torch_file(path, extra);
  CHECK_THROWS_WITH(train::load_float_weights(graph, path),
                    path.string() + ": fc3.weight is not a tensor of lenet");
}
