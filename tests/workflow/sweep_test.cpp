#include "floatsd/workflow/sweep.h"

#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"
#include "tiny_images.h"

using namespace floatsd;
using workflow::NamedFormat;
using workflow::Recipe;
using workflow::SweepJob;
using workflow::SweepRun;

namespace {

const std::vector<NamedFormat> kFormats = {{"float32", nullptr}, {"int4", &find_codebook("int4")}};

Recipe lenet_recipe() {
  Recipe recipe;
  recipe.network = "lenet";
  recipe.qconfig.rules = {quant::parse_qconfig_rule("*=floatsd4:per-channel")};
  recipe.options.epochs = 2;
  recipe.options.batch_size = 16;
  recipe.options.schedule.peak = 0.03;
  return recipe;
}

SweepRun run(const std::string& format, uint64_t seed, int64_t correct) {
  return {.format = format, .seed = seed, .accuracy = {.correct = correct, .total = 200}};
}

}  // namespace

TEST_CASE("A sweep has a job for each format and seed", "[workflow]") {
  const Recipe recipe = lenet_recipe();
  const std::vector<SweepJob> jobs = workflow::sweep_jobs(recipe, kFormats, {3, 5});
  REQUIRE(jobs.size() == 4);
  CHECK(jobs[1].name == "float32-seed5");
  CHECK(jobs[1].recipe.options.seed == 5);
  CHECK(!jobs[1].recipe.quantizes());
  CHECK(jobs[2].name == "int4-seed3");
  CHECK(quant::to_string(jobs[2].recipe.qconfig.rules[0].value) == "int4:per-channel");
  const std::vector<SweepJob> once = workflow::sweep_jobs(recipe, kFormats, {});
  REQUIRE(once.size() == 2);
  CHECK(once[1].name == "int4");
  CHECK(once[1].recipe.options.seed == recipe.options.seed);

  CHECK_THROWS_WITH(workflow::sweep_jobs(recipe, kFormats, {1, 2, 1}),
                    Catch::Contains("a seed is there twice"));
  CHECK_THROWS_WITH(workflow::sweep_jobs(recipe, {kFormats[1], kFormats[1]}, {}),
                    Catch::Contains("format 'int4' is there twice"));
  CHECK_THROWS_WITH(workflow::sweep_jobs({}, kFormats, {}), Catch::Contains("no weights rules"));
}

TEST_CASE("A job of a sweep trains, ships and is compared", "[workflow]") {
  const std::vector<SweepJob> jobs = workflow::sweep_jobs(lenet_recipe(), kFormats, {});
  const workflow::TrainingImages images{.train = {.training = tiny_images(160)},
                                        .test = tiny_images(40)};
  int64_t steps = 0;
  const auto count_steps = [&](const train::Progress&) { return ++steps > 0; };
  const SweepRun in_float = workflow::train_job(jobs[0], images, 1, count_steps);
  CHECK(steps == 20);
  CHECK(in_float.accuracy.total == 40);
  CHECK(!in_float.mismatches);
  const SweepRun in_int4 = workflow::train_job(jobs[1], images, 1);
  CHECK(in_int4.accuracy.total == 40);
  CHECK(in_int4.mismatches == 0);

  Recipe taught = jobs[1].recipe;
  taught.teacher = "no such file.pt";
  CHECK_THROWS_WITH(workflow::train_job({.format = kFormats[1], .recipe = taught}, images, 1),
                    Catch::Contains("no such file.pt"));

  Recipe wild = lenet_recipe();
  wild.options.schedule.peak = 1e9;
  const SweepRun diverged =
      workflow::train_job(workflow::sweep_jobs(wild, {kFormats[1]}, {})[0], images, 1);
  CHECK(diverged.diverged);
  CHECK_THAT(diverged.reason, Catch::Contains("epoch 1, step "));
}

TEST_CASE("A summary counts the runs of a format that did not diverge", "[workflow]") {
  const std::vector<SweepJob> jobs = workflow::sweep_jobs(lenet_recipe(), kFormats, {1, 2, 3});
  const std::vector<workflow::SweepSummary> summaries =
      workflow::summarize(jobs, {run("int4", 1, 100),
                                 run("float32", 1, 190),
                                 run("int4", 2, 120),
                                 {.format = "int4", .seed = 3, .diverged = true},
                                 run("int8", 1, 1)});
  REQUIRE(summaries.size() == 2);
  CHECK(summaries[0].accuracy == 95.0);
  CHECK(!summaries[0].deviation);
  CHECK(summaries[1].runs.size() == 3);
  CHECK(summaries[1].accuracy == 55.0);
  CHECK(*summaries[1].deviation == Approx(std::sqrt(50.0)));
  CHECK(summaries[0].bytes == 8 * summaries[1].bytes);
  CHECK(!workflow::summarize(jobs, {})[0].accuracy);
}
