#include "floatsd/workflow/training.h"

#include <ATen/ATen.h>

#include <string>

#include "catch.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"
#include "tiny_images.h"

using namespace floatsd;
using workflow::Recipe;
using workflow::Training;
using workflow::TrainingImages;

namespace {

Recipe lenet_recipe() {
  Recipe recipe;
  recipe.network = "lenet";
  recipe.qconfig.rules = {quant::parse_qconfig_rule("*=floatsd4:per-channel")};
  recipe.options.epochs = 3;
  recipe.options.batch_size = 16;
  recipe.options.schedule.peak = 0.03;
  return recipe;
}

TrainingImages images_of(const Recipe& recipe) {
  return {.train = workflow::training_part(tiny_images(160), recipe), .test = tiny_images(40)};
}

void check_equal(const nn::Graph& a, const nn::Graph& b) {
  const auto first = a.state();
  const auto second = b.state();
  REQUIRE(first.size() == second.size());
  for (size_t i = 0; i < first.size(); ++i) {
    INFO(first[i].first);
    CHECK(at::equal(first[i].second, second[i].second));
  }
}

}  // namespace

TEST_CASE("A recipe becomes an integer network that answers as the trained one", "[workflow]") {
  const Recipe recipe = lenet_recipe();
  const TrainingImages images = images_of(recipe);
  Training training(recipe, images);
  quant::Pass phase{};
  while (!training.done()) {
    phase = training.run_epoch({}).phase;
  }
  CHECK(phase == quant::Pass::kInteger);
  const train::Accuracy before = training.evaluate(phase);
  CHECK(before.total == 40);
  const workflow::Shipped shipped = training.ship(/*evaluates=*/true, /*threads=*/1);
  REQUIRE(shipped.program);
  REQUIRE(shipped.verification);
  CHECK(shipped.verification->mismatches() == 0);
  CHECK(shipped.verification->integer_correct == before.correct);
  CHECK(shipped.accuracy->correct == before.correct);
}

TEST_CASE("A float recipe ships no program", "[workflow]") {
  Recipe recipe = lenet_recipe();
  recipe.qconfig.rules.clear();
  recipe.options.epochs = 1;
  const TrainingImages images = images_of(recipe);
  Training training(recipe, images);
  training.run_epoch({});
  const workflow::Shipped shipped = training.ship(/*evaluates=*/true, /*threads=*/1);
  CHECK(!shipped.program);
  CHECK(!shipped.verification);
  CHECK(shipped.accuracy->total == 40);
  CHECK(!training.ship(/*evaluates=*/false, 1).accuracy);
}

TEST_CASE("A training that is resumed from its checkpoint ends as one that was not stopped",
          "[workflow]") {
  const Recipe recipe = lenet_recipe();
  const TrainingImages images = images_of(recipe);
  Training whole(recipe, images);
  while (!whole.done()) {
    whole.run_epoch({});
  }
  const TemporaryFolder folder;
  Training first(recipe, images);
  first.run_epoch({});
  const auto stopped = first.run_epoch([](const train::Progress& at) { return at.step < 4; });
  CHECK(!stopped.finished);
  train::save_checkpoint(first.checkpoint(stopped.phase), folder / "last.pt");

  Training second(recipe, images);
  second.resume(train::load_checkpoint(folder / "last.pt"), "last.pt");
  CHECK(second.epoch() == 1);
  while (!second.done()) {
    second.run_epoch({});
  }
  check_equal(whole.graph(), second.graph());
}

TEST_CASE("Held-out images judge an epoch in the place of the test images", "[workflow]") {
  Recipe recipe = lenet_recipe();
  recipe.limit = 100;
  recipe.validation = 30;
  const TrainingImages images = images_of(recipe);
  CHECK(images.train.training.count == 70);
  Training training(recipe, images);
  CHECK(training.evaluate(quant::Pass::kTrainFloat).total == 30);
}

TEST_CASE("Images that do not fit the recipe are refused", "[workflow]") {
  const Recipe recipe = lenet_recipe();
  TrainingImages images = images_of(recipe);
  images.test.width = 14;
  images.test.height = 56;
  CHECK_THROWS_AS(Training(recipe, images), Error);
  Recipe other = recipe;
  other.network = "mobilenetv2";
  other.dataset = "cifar10";
  const TrainingImages grey = images_of(other);
  CHECK_THROWS_WITH(Training(other, grey), Catch::Contains("32"));
}
