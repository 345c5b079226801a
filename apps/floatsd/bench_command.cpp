// floatsd bench: how fast a network trains on this machine, and where the time of a step goes; or
// how fast an integer network answers.

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"
#include "commands.h"
#include "console.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/train/trainer.h"
#include "open_model.h"
#include "option_group.h"
#include "peak_memory.h"
#include "printable.h"
#include "profile/step_profile.h"
#include "recipe_options.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr int kWarmUpSteps = 3;

struct BenchFlags {
  SharedFlags shared;
  Recipe recipe;
  std::string model;  ///< empty: training
  int steps = 20;
  bool breakdown = false;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Images of noise, as many as a warm-up and `steps` steps read. Throws Error on more than a
/// machine should be asked to hold.
data::Dataset noise(const nn::InputSpec& input, int64_t classes, int64_t count) {
  constexpr int64_t kMostBytes = int64_t{4} << 30;
  const int64_t bytes = count * input.channels * input.height * input.width;
  if (bytes > kMostBytes) {
    throw Error("bench: images of noise would take " + std::to_string(bytes >> 20) +
                " MiB, expected at most " + std::to_string(kMostBytes >> 20) +
                ": a smaller --batch-size or fewer --steps");
  }
  data::Dataset set{.name = "noise",
                    .count = count,
                    .channels = input.channels,
                    .height = input.height,
                    .width = input.width,
                    .classes = static_cast<int>(classes)};
  std::mt19937 random(1);
  set.images.resize(static_cast<size_t>(count * set.image_size()));
  std::generate(set.images.begin(), set.images.end(),
                [&] { return static_cast<uint8_t>(random()); });
  set.labels.resize(static_cast<size_t>(count));
  std::generate(set.labels.begin(), set.labels.end(),
                [&] { return static_cast<uint16_t>(random() % static_cast<uint32_t>(classes)); });
  return set;
}

/// What the machine can do at best, with the threads that the bench uses.
struct Roof {
  double bytes_per_second, flops_per_second;
};

template <typename Work>
double fastest(const Work& work) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const Clock::time_point start = Clock::now();
    work();
    best = std::min(best, seconds_since(start));
  }
  return best;
}

Roof measure_roof() {
  const at::NoGradGuard no_grad;
  const at::Tensor from = at::ones({int64_t{1} << 25});  // 128 MiB, beyond the caches of a core
  const at::Tensor to = at::zeros_like(from);
  const double copy = fastest([&] { to.copy_(from); });
  constexpr int64_t kSide = 1024;
  const at::Tensor a = at::rand({kSide, kSide});
  const at::Tensor b = at::rand({kSide, kSide});
  const double product = fastest([&] { a.mm(b); });
  return {2.0 * static_cast<double>(from.nbytes()) / copy, 2.0 * kSide * kSide * kSide / product};
}

ordered_json to_json(const std::vector<profile::Share>& shares, int steps) {
  auto list = ordered_json::array();
  for (const profile::Share& share : shares) {
    list.push_back({{"name", share.name},
                    {"calls", share.calls},
                    {"ms_a_step", 1e3 * share.seconds / steps},
                    {"mb_a_step", share.bytes / 1e6 / steps},
                    {"gflop_a_step", share.flops / 1e9 / steps}});
  }
  return list;
}

void print_shares(const std::string& title, const std::vector<profile::Share>& shares, int steps,
                  const Roof& roof) {
  double all = 0;
  for (const profile::Share& share : shares) {
    all += share.seconds;
  }
  std::printf("\n%-36s %9s %6s %9s %8s %10s %8s\n", title.c_str(), "ms/step", "share", "MB/step",
              "of copy", "GFLOP/step", "of GEMM");
  for (const profile::Share& share : shares) {
    constexpr double kTooShort = 0.002;  // of all
    if (share.seconds < kTooShort * all) {
      continue;
    }
    std::printf("%-36s %9.2f %5.1f%% %9.1f %7.0f%% %10.2f %7.0f%%\n", share.name.c_str(),
                1e3 * share.seconds / steps, 100 * share.seconds / all, share.bytes / 1e6 / steps,
                100 * share.bytes / share.seconds / roof.bytes_per_second,
                share.flops / 1e9 / steps,
                100 * share.flops / share.seconds / roof.flops_per_second);
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The line that both kinds of bench print, and its JSON.
ordered_json show_rate(const BenchFlags& flags, const std::string& network, double seconds,
                       int threads) {
  const int64_t batch = flags.recipe.options.batch_size;
  const double rate = static_cast<double>(batch) / seconds;
  if (!flags.shared.json) {
    std::printf(
        "%s: %.1f images/s, %.2f ms a step of %lld (the median of %d), %d threads, %.0f MB\n",
        printable(network).c_str(), rate, 1e3 * seconds, static_cast<long long>(batch), flags.steps,
        threads, peak_memory_mb());
  }
  return {{"network", network},        {"threads", threads},
          {"batch_size", batch},       {"ms_a_step", 1e3 * seconds},
          {"images_per_second", rate}, {"peak_memory_mb", peak_memory_mb()}};
}

/// Batch after batch through the integer network, each finished before the next begins.
void run_integer_bench(const BenchFlags& flags, int threads) {
  const runtime::Interpreter network(open_model(flags.model));
  const runtime::ActivationShape& input = network.program().input_shape;
  const int64_t batch = flags.recipe.options.batch_size;
  const data::Dataset set =
      noise({.channels = input.channels, .height = input.height, .width = input.width},
            /*classes=*/1, batch);
  std::vector<double> seconds;
  Work work(shown_progress(), "bench", "steps", kWarmUpSteps + flags.steps);
  for (int step = -kWarmUpSteps; step < flags.steps; ++step) {
    const Clock::time_point start = Clock::now();
    [[maybe_unused]] const std::vector<int> classes = network.classify(set.images, threads);
    if (step >= 0) {
      seconds.push_back(seconds_since(start));
    }
    work.advance(1);
  }
  print_json(flags.shared, show_rate(flags, network.program().network, median(seconds), threads));
}

/// What was measured of a training's steps.
struct TimedSteps {
  std::vector<double> seconds;                    ///< of each
  std::unique_ptr<profile::StepProfile> profile;  ///< with --breakdown
};

TimedSteps time_steps(train::Trainer& trainer, const BenchFlags& flags) {
  TimedSteps timed;
  Clock::time_point last;
  Work work(shown_progress(), "bench", "steps", kWarmUpSteps + flags.steps);
  trainer.run_epoch([&](const train::Progress& progress) {
    if (progress.step > kWarmUpSteps) {
      timed.seconds.push_back(seconds_since(last));
    } else if (progress.step == kWarmUpSteps && flags.breakdown) {
      timed.profile = std::make_unique<profile::StepProfile>();
    }
    work.advance(1);
    last = Clock::now();
    return true;
  });
  return timed;
}

/// Where the time went, as text, and for --json into `result`.
void show_breakdown(std::unique_ptr<profile::StepProfile> profile, const BenchFlags& flags,
                    ordered_json& result) {
  const std::vector<profile::Share> operators = profile->by_operator();
  const std::vector<profile::Share> nodes = profile->by_node();
  profile.reset();  // which would watch what follows
  const Roof roof = measure_roof();
  result["copy_gb_per_second"] = roof.bytes_per_second / 1e9;
  result["gemm_gflops"] = roof.flops_per_second / 1e9;
  result["operators"] = to_json(operators, flags.steps);
  result["nodes"] = to_json(nodes, flags.steps);
  if (!flags.shared.json) {
    std::printf("measured here: copying moves %.1f GB/s, a float32 GEMM makes %.0f GFLOP/s\n",
                roof.bytes_per_second / 1e9, roof.flops_per_second / 1e9);
    print_shares("operator", operators, flags.steps, roof);
    print_shares("node, forward and backward", nodes, flags.steps, roof);
  }
}

void run_training_bench(const BenchFlags& flags, int threads) {
  const train::NetworkSpec spec = workflow::network_spec(flags.recipe);
  train::TrainOptions options = flags.recipe.options;
  options.epochs = 1;
  options.phases = {.freeze_epochs = 0};  // all of it quantized, by batch statistics
  at::manual_seed(options.seed);
  nn::Graph graph = train::make_graph(spec);
  const data::Dataset set = noise(graph.input(), spec.architecture.classes(),
                                  (kWarmUpSteps + flags.steps) * options.batch_size);
  train::Trainer trainer(graph, set, options);
  auto [seconds, profile] = time_steps(trainer, flags);
  ordered_json result = show_rate(flags, spec.architecture.name(), median(seconds), threads);
  if (profile) {
    show_breakdown(std::move(profile), flags, result);
  }
  print_json(flags.shared, result);
}

void run_bench(const BenchFlags& flags) {
  const int threads = apply(flags.shared);
  if (flags.model.empty()) {
    run_training_bench(flags, threads);
  } else {
    run_integer_bench(flags, threads);
  }
}

}  // namespace

void add_bench_command(CLI::App& app) {
  auto flags = std::make_shared<BenchFlags>();
  flags->recipe.network = "mobilenetv2";
  flags->recipe.dataset.clear();  // images as the network is known for
  CLI::App* command =
      app.add_subcommand("bench", "Time training steps, or an integer network, on images of noise");
  command->footer(R"(
--breakdown: time, bytes and arithmetic of each kind of operator and of each node, and how near they
come to what a copy and a matrix product of this machine reach. A step is a little slower with it.

  floatsd bench --weights "*=floatsd4:per-channel" --breakdown
  floatsd bench --model model.safetensors --batch-size 1 --threads 1)");
  command
      ->add_option("--model", flags->model,
                   "Time this model file's integer network instead of training")
      ->type_name(kFile)
      ->group(group::kNetworkAndData);
  OptionTable table = network_options(flags->recipe);
  std::erase_if(table, [](const TableOption& option) {
    return option.name == "dataset" || option.name == "resize" || option.name == "weights-from";
  });
  add_flags(*command, table);
  command->add_option("--batch-size", flags->recipe.options.batch_size, "Images a step")
      ->check(whole_number(1, kLargestBatch))
      ->capture_default_str();
  command->add_option("--steps", flags->steps, "Steps that are timed")
      ->check(whole_number(1, 10000))
      ->capture_default_str();
  command
      ->add_option("--threads", flags->shared.threads,
                   "Threads to compute with (default: one for each core)")
      ->check(whole_number(1, kMostThreads));
  command->add_flag("--breakdown", flags->breakdown, "Show where the time goes");
  for (const char* of_training :
       {"--network", "--weights", "--weight-observer", "--activation-observer",
        "--activation-scheme", "--scales", "--breakdown"}) {
    command->get_option("--model")->excludes(command->get_option(of_training));
  }
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_bench(*flags); });
}

}  // namespace floatsd::app
