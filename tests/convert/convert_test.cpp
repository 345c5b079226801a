#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "catch.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/convert/verify.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/trainer.h"
#include "nn/layer.h"
#include "thread_ranks.h"
#include "tiny_images.h"

using namespace floatsd;

namespace {

train::NetworkSpec spec(const std::vector<std::string>& texts) {
  train::NetworkSpec spec{.architecture = models::make_architecture("lenet")};
  for (const std::string& text : texts) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(text));
  }
  return spec;
}

/// A LeNet after some steps, ranges frozen.
nn::Graph trained(const std::vector<std::string>& rules, const data::Dataset& images) {
  at::manual_seed(3);
  nn::Graph graph = train::make_graph(spec(rules));
  train::Trainer trainer(
      graph, images,
      {.epochs = 2, .batch_size = 16, .schedule = {.peak = 0.05}, .phases = {.freeze_epochs = 1}});
  while (!trainer.done()) {
    trainer.run_epoch();
  }
  return graph;
}

}  // namespace

TEST_CASE("Prepared and integer network agree in every code of every layer", "[convert]") {
  const data::Dataset images = tiny_images(96);
  for (const std::vector<std::string>& rules :
       {std::vector<std::string>{"conv=floatsd4:per-channel", "linear=floatsd4:per-tensor"},
        {"*=int8:per-channel"},
        {"*=int8:per-tensor", "first=floatsd4:per-tensor"}}) {
    nn::Graph graph = trained(rules, images);
    const runtime::Interpreter integer(convert::to_program(graph));
    const convert::Verification result = convert::verify(graph, integer, images, 2);
    CHECK(result.mismatches() == 0);
    CHECK(result.images == 96);
    CHECK(result.prepared_correct == result.integer_correct);
    CHECK(result.layers[0].codes == 96 * 16 * 14 * 14);
    CHECK(result.layers[4].codes == 96 * 10);
  }
}

TEST_CASE("Verify notices a layer whose outputs are one code too large", "[convert]") {
  const data::Dataset images = tiny_images(96);
  nn::Graph graph = trained({"*=floatsd4:per-channel"}, images);
  runtime::Program program = convert::to_program(graph);
  auto& fc1 = std::get<runtime::Linear>(program.ops[3].body).requantize;
  for (size_t c = 0; c < fc1.bias.size(); ++c) {
    fc1.bias[c] +=
        static_cast<int32_t>(std::exp2(fc1.multipliers[c].shift) / fc1.multipliers[c].multiplier);
  }
  const convert::Verification result =
      convert::verify(graph, runtime::Interpreter(program), images, 2);
  CHECK(result.layers[2].mismatches == 0);
  CHECK(result.layers[3].mismatches > 0);
  CHECK(result.layers[3].largest == 1);
}

TEST_CASE("Exported levels stay levels if weights lie far beyond their range", "[convert]") {
  const data::Dataset images = tiny_images(32);
  nn::Graph graph = trained({"*=floatsd4:per-channel"}, images);
  {
    const at::NoGradGuard no_grad;
    graph.layers()[0].second->weight.mul_(3.0);  // far beyond the observed range
  }
  const runtime::Program program = convert::to_program(graph);
  int at_the_end = 0;
  for (const int16_t level : runtime::weights(program.ops[0])->levels) {
    REQUIRE(contains(find_codebook("floatsd4"), level));
    at_the_end += std::abs(level) == 64 ? 1 : 0;
  }
  CHECK(at_the_end > 16);
}

TEST_CASE("Only a prepared network whose ranges were observed is converted", "[convert]") {
  nn::Graph unseen = train::make_graph(spec({"*=int8:per-tensor"}));
  CHECK_THROWS_WITH(convert::to_program(unseen),
                    "conv1: its output was never observed; train or calibrate the network first");
  nn::Graph floating = train::make_graph({.architecture = models::make_architecture("lenet")});
  CHECK_THROWS_WITH(convert::to_program(floating),
                    "conv1: this node was not prepared for quantization");
}

TEST_CASE("Ranks that share out a verification find what one finds", "[convert]") {
  const data::Dataset images = tiny_images(330);  // four batches
  nn::Graph graph = trained({"*=int8:per-channel"}, images);
  runtime::Program program = convert::to_program(graph);
  std::get<runtime::Linear>(program.ops[3].body).requantize.bias.front() += 4000;
  const runtime::Interpreter integer(program);
  const convert::Verification alone = convert::verify(graph, integer, images, 1);
  REQUIRE(alone.mismatches() > 0);
  for (const int size : {2, 3, 5}) {
    CAPTURE(size);
    ThreadRanks::run(size, [&](Communicator& ranks) {
      nn::Graph own = graph.clone();
      const convert::Verification shared = convert::verify(own, integer, images, 1, ranks);
      REQUIRE(shared.images == alone.images);
      REQUIRE(shared.prepared_correct == alone.prepared_correct);
      REQUIRE(shared.integer_correct == alone.integer_correct);
      for (size_t i = 0; i < alone.layers.size(); ++i) {
        REQUIRE(shared.layers[i].codes == alone.layers[i].codes);
        REQUIRE(shared.layers[i].mismatches == alone.layers[i].mismatches);
        REQUIRE(shared.layers[i].largest == alone.layers[i].largest);
      }
    });
  }
}
