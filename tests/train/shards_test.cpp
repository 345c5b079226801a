// A training's bytes depend neither on the number of threads nor on that of ranks.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/prepare.h"
#include "floatsd/train/trainer.h"
#include "thread_ranks.h"

using namespace floatsd;
using Catch::Contains;

namespace {

constexpr int64_t kImages = 75;  // the last step has 11 images, or 3

data::Dataset noise() {
  data::Dataset set{
      .name = "noise", .count = kImages, .channels = 3, .height = 8, .width = 8, .classes = 4};
  std::mt19937 random(5);
  for (int64_t n = 0; n < kImages; ++n) {
    set.labels.push_back(static_cast<uint16_t>(random() % 4));
    for (int i = 0; i < 192; ++i) {
      set.images.push_back(static_cast<uint8_t>(random() % 256));
    }
  }
  return set;
}

/// Every kind of block whose gradients sum over images: convolutions of three kinds, with and
/// without batch norm, a product, joins and pools.
nn::Graph network() {
  at::manual_seed(11);
  nn::Architecture arch("sharded", {.channels = 3,
                                    .height = 8,
                                    .width = 8,
                                    .mean = {0.5F, 0.5F, 0.5F},
                                    .deviation = {0.25F, 0.25F, 0.25F}});
  const int stem = arch.add_convolution("stem", {.out_channels = 24, .kernel = 3, .padding = 1},
                                        nn::Activation::kRelu);
  arch.add_convolution("expand", {.out_channels = 40}, nn::Activation::kRelu6);
  arch.add_convolution("depthwise", {.out_channels = 40, .kernel = 3, .padding = 1, .groups = 40},
                       nn::Activation::kRelu);
  const int project = arch.add_convolution("project", {.out_channels = 24}, nn::Activation::kNone);
  const int sum = arch.add("sum", nn::op::Add{}, {project, stem});
  const int plain = arch.add("plain", nn::op::Conv2d{.out_channels = 5, .kernel = 3}, {sum});
  arch.add("plain-relu", nn::op::Relu{}, {plain});
  arch.add("pool", nn::op::MaxPool{});
  arch.add("flatten", nn::op::Flatten{});
  arch.add("classifier", nn::op::Linear{4});
  nn::Graph net(arch);
  passes::fuse(net);
  return net;
}

struct Setting {
  std::string name, rule;  ///< no rule: float32
  std::string activations = "auto";
  double ema_decay = 0;
  bool has_teacher = false;
  double freeze_epochs = 1;
};

struct Run {
  int shards = 8, ranks = 1, threads = 1;
};

bool equal_states(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].sizes() != b[i].sizes() ||
        std::memcmp(a[i].const_data_ptr(), b[i].const_data_ptr(), a[i].nbytes()) != 0) {
      return false;
    }
  }
  return a.size() == b.size();
}

/// What every rank's network is after two epochs.
std::vector<at::Tensor> trained(const Setting& setting, const Run& run) {
  at::set_num_threads(run.threads);
  const data::Dataset images = noise();
  nn::Graph drawn = network();
  nn::Graph teacher = network();
  if (!setting.rule.empty()) {
    quant::QConfig qconfig;
    qconfig.rules = {quant::parse_qconfig_rule(setting.rule)};
    if (setting.activations != "auto") {
      qconfig.activation_observers = {{"*", quant::parse_range_method(setting.activations)}};
    }
    passes::prepare(drawn, qconfig);
  }
  std::vector<std::vector<at::Tensor>> states(static_cast<size_t>(run.ranks));
  ThreadRanks::run(run.ranks, [&](Communicator& ranks) {
    at::set_num_threads(run.threads);
    nn::Graph net = drawn.clone();
    nn::Graph own_teacher = teacher.clone();
    train::Trainer trainer(
        net, images,
        {.epochs = 2,
         .batch_size = 32,
         .shards = run.shards,
         .schedule = {.peak = 0.02},
         .ema_decay = setting.ema_decay,
         .phases = {.freeze_epochs = setting.freeze_epochs}},
        {.teacher = setting.has_teacher ? &own_teacher : nullptr, .ranks = &ranks});
    while (!trainer.done()) {
      trainer.run_epoch();
    }
    for (const auto& [name, tensor] : net.state()) {
      states[ranks.rank()].push_back(tensor.detach().contiguous().clone());
    }
  });
  for (const std::vector<at::Tensor>& state : states) {
    REQUIRE(equal_states(state, states.front()));
  }
  return states.front();
}

}  // namespace

TEST_CASE("A training in shards has the same bytes with any number of threads and ranks",
          "[shards]") {
  const int threads = at::get_num_threads();
  const Setting setting =
      GENERATE(Setting{"float32", ""}, Setting{"FloatSD4", "*=floatsd4:per-channel"},
               Setting{"INT8", "*=int8:per-tensor"},
               Setting{"learned ranges", "*=int4:per-channel:learned", "learned"},
               Setting{"average", "*=floatsd4:per-channel", "auto", 0.9},
               Setting{"average, nothing frozen", "*=floatsd4:per-channel", "auto", 0.9, false, 0},
               Setting{"half an epoch frozen", "*=floatsd4:per-channel", "auto", 0, false, 0.5},
               Setting{"teacher, nothing frozen", "*=floatsd4:per-channel", "auto", 0, true, 0});
  CAPTURE(setting.name);
  const std::vector<at::Tensor> expected = trained(setting, {});
  for (const Run& run : {Run{8, 1, 2}, Run{8, 1, 3}, Run{8, 2, 1}, Run{8, 4, 1}, Run{8, 8, 1},
                         Run{8, 2, 2}, Run{8, 8, 2}}) {
    CAPTURE(run.ranks, run.threads);
    CHECK(equal_states(trained(setting, run), expected));
  }
  // Another number of shards is another sum.
  CHECK_FALSE(equal_states(trained(setting, {4, 1, 1}), expected));
  at::set_num_threads(threads);
}

TEST_CASE("Shards and ranks that do not fit are refused", "[shards]") {
  const data::Dataset images = noise();
  nn::Graph net = network();
  CHECK_THROWS_WITH(train::Trainer(net, images, {.shards = 6}),
                    Contains("shards: 6, expected a power of two"));
  CHECK_THROWS_WITH(ThreadRanks::run(4,
                                     [&](Communicator& ranks) {
                                       train::Trainer(net, images, {.shards = 2},
                                                      {.ranks = &ranks});
                                     }),
                    Contains("shards: 2, expected at least one for each of 4 ranks"));
}
