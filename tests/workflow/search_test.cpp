#include "floatsd/workflow/search.h"

#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/workflow/post_training.h"
#include "floatsd/workflow/training.h"
#include "temporary_folder.h"
#include "tiny_images.h"

using namespace floatsd;
using workflow::Recipe;

namespace {

/// A float LeNet that knows the tiny images, as a file.
Recipe trained_recipe(const TemporaryFolder& folder) {
  Recipe recipe;
  recipe.network = "lenet";
  recipe.options.epochs = 10;
  recipe.options.batch_size = 16;
  recipe.options.schedule.peak = 0.03;
  const workflow::TrainingImages images{.train = {.training = tiny_images(160)},
                                        .test = tiny_images(40)};
  workflow::Training training(recipe, images);
  while (!training.done()) {
    training.run_epoch({});
  }
  train::save_checkpoint(training.checkpoint(quant::Pass::kTrainFloat), folder / "float.pt");
  recipe.init = (folder / "float.pt").string();
  recipe.qconfig.rules = {quant::parse_qconfig_rule("*=int8:per-channel")};
  return recipe;
}

}  // namespace

TEST_CASE("Post-training quantization keeps what the float network knows", "[workflow]") {
  const TemporaryFolder folder;
  const Recipe recipe = trained_recipe(folder);
  const nn::Graph graph = workflow::quantized_graph(recipe, {}, tiny_images(160));
  const runtime::Interpreter integer(convert::to_program(graph));
  CHECK(workflow::evaluate_integer(integer, tiny_images(40), 1).correct >= 38);
  CHECK_THROWS_WITH(workflow::check({.learn_rounding = true, .correct_bias = true}, recipe),
                    Catch::Contains("give one of them"));
  Recipe without = recipe;
  without.qconfig.rules.clear();
  CHECK_THROWS_WITH(workflow::check({}, without), Catch::Contains("nothing would be quantized"));
}

TEST_CASE("A search gives each layer a format within the budget", "[workflow]") {
  const TemporaryFolder folder;
  const Recipe recipe = trained_recipe(folder);
  nn::Graph graph = train::restore_graph(train::load_checkpoint(folder / "float.pt"));
  const std::vector<const Codebook*> formats = {&find_codebook("int2"), &find_codebook("int8")};
  const workflow::Budget budget = workflow::parse_budget("bytes=60%");
  const workflow::SearchResult result =
      workflow::search(graph, recipe, formats, budget, tiny_images(40));
  REQUIRE(result.layers.size() == 5);
  const analyze::Assignment& chosen = result.front[result.chosen];
  CHECK(chosen.cost <= 0.6 * workflow::uniform(result, 1).cost);
  CHECK(chosen.cost >= workflow::uniform(result, 0).cost);
  const Recipe assigned = workflow::assigned(recipe, result, chosen);
  REQUIRE(assigned.qconfig.rules.size() == 5);
  for (size_t l = 0; l < 5; ++l) {
    CHECK(assigned.qconfig.rules[l].pattern == result.layers[l]);
    CHECK(assigned.qconfig.rules[l].value.codebook == formats[chosen.choices[l]]);
  }
  CHECK_THROWS_WITH(
      workflow::search(graph, recipe, formats, workflow::parse_budget("bytes=10"), tiny_images(40)),
      Catch::Contains("10 bytes: expected at least"));

  const auto fails = [&](nn::Graph& network, const Recipe& with, const auto& in,
                         const std::string& message) {
    CHECK_THROWS_WITH(workflow::search(network, with, in, budget, tiny_images(40)),
                      Catch::StartsWith("search: " + message));
  };
  fails(graph, workflow::in_format(recipe, nullptr), formats, "the recipe has no rules");
  fails(graph, recipe, std::vector<const Codebook*>{}, "expected formats, at least one");
  fails(graph, recipe, std::vector<const Codebook*>{nullptr}, "expected formats, at least one");
  nn::Graph other = train::make_graph({.architecture = models::make_architecture("resnet20")});
  fails(other, recipe, formats, "resnet20 has other layers than the recipe's lenet");
}

TEST_CASE("A budget is a number or a share of bytes or shift-adds", "[workflow]") {
  CHECK(workflow::parse_budget("bytes=1000").value == 1000);
  const workflow::Budget share = workflow::parse_budget("shift-adds=12.5%");
  CHECK(share.cost == workflow::Cost::kShiftAdds);
  CHECK(share.is_share);
  CHECK(share.value == 12.5);
  for (const char* text : {"bytes", "bytes=", "bytes=-1", "bytes=0", "bytes=nan", "bytes=1e999",
                           "bits=3", "bytes=5x", "bytes=%"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(workflow::parse_budget(text), Error);
  }
}

TEST_CASE("A recipe in another format keeps its rules, in float32 it has none", "[workflow]") {
  Recipe recipe;
  recipe.qconfig.rules = {quant::parse_qconfig_rule("conv=int8:per-channel:mse"),
                          quant::parse_qconfig_rule("linear=int4:per-tensor")};
  const Recipe other = workflow::in_format(recipe, &find_codebook("floatsd4"));
  CHECK(quant::to_string(other.qconfig.rules[0].value) == "floatsd4:per-channel:mse");
  CHECK(quant::to_string(other.qconfig.rules[1].value) == "floatsd4:per-tensor");
  CHECK(!workflow::in_format(recipe, nullptr).quantizes());
}
