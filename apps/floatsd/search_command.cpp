// floatsd search: a format for each layer, within a budget.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "command_line.h"
#include "commands.h"
#include "config_file.h"
#include "console.h"
#include "core/file.h"
#include "core/names.h"
#include "evaluate_integer.h"
#include "floatsd/analyze/mixed_precision.h"
#include "floatsd/analyze/sensitivity.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/prepare.h"
#include "floatsd/train/checkpoint.h"
#include "format_costs.h"
#include "formats_in_rules.h"
#include "network_flags.h"
#include "post_training.h"
#include "quant/quantizer.h"
#include "recipe.h"
#include "recipe_architecture.h"
#include "recipe_toml.h"
#include "shared_flags.h"
#include "training_flags.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

struct SearchFlags {
  SharedFlags shared;
  Recipe recipe;
  PostTraining post_training;
  std::string weights_file, config, output, budget;
  std::vector<std::string> formats;
  int64_t sensitivity_images = 256;
};

struct Budget {
  std::string kind;  ///< "bytes" or "shift-adds"
  double value = 0;
  bool is_share = false;  ///< of the costliest assignment, in percent
};

/// bytes=N, bytes=P%, shift-adds=N, shift-adds=P%.
Budget parse_budget(const std::string& text) {
  const std::vector<std::string> kinds = {"bytes", "shift-adds"};
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw Error("budget '" + text +
                "': expected bytes=N or shift-adds=N, N a number or a share N%");
  }
  Budget budget{.kind = kinds[find_name("budget", text.substr(0, equals), kinds)]};
  const char* begin = text.data() + equals + 1;
  const char* end = text.data() + text.size();
  budget.is_share = text.ends_with('%');
  const auto [rest, error] = std::from_chars(begin, end, budget.value);
  if (error != std::errc() || rest != end - (budget.is_share ? 1 : 0) || !(budget.value > 0) ||
      !std::isfinite(budget.value)) {
    throw Error("budget '" + text + "': '" + std::string(begin, end) +
                "' is no positive number and no share of one");
  }
  return budget;
}

/// What the search knows of the network.
struct Problem {
  std::vector<std::string> layers;
  std::vector<std::vector<quant::WeightScheme>> schemes;  ///< of each layer, by format
  std::vector<std::vector<analyze::Choice>> choices;
};

/// The scheme of each layer in the recipe's rules, its format exchanged for each of the formats.
Problem make_problem(nn::Graph& graph, const Recipe& recipe,
                     const std::vector<std::string>& formats) {
  Problem problem;
  for (const auto& [name, layer] : graph.layers()) {
    problem.layers.push_back(name);
  }
  problem.schemes.resize(problem.layers.size());
  for (const std::string& format : formats) {
    nn::Graph prepared = train::make_graph(network_spec(in_format(recipe, format)));
    const auto layers = prepared.layers();
    for (size_t l = 0; l < layers.size(); ++l) {
      problem.schemes[l].push_back(layers[l].second->weight_quantizer->scheme());
    }
  }
  return problem;
}

void add_costs_and_losses(Problem& problem, nn::Graph& graph, quant::ScaleGrid scales,
                          const data::Dataset& images, const std::string& kind) {
  const std::vector<int64_t> products = analyze::products_per_image(graph);
  const auto losses = analyze::weight_sensitivities(graph, problem.schemes, scales, images);
  const auto layers = graph.layers();
  for (size_t l = 0; l < layers.size(); ++l) {
    std::vector<analyze::Choice> choices;
    for (size_t s = 0; s < problem.schemes[l].size(); ++s) {
      const Codebook& book = *problem.schemes[l][s].codebook;
      const int64_t cost = kind == "bytes" ? stored_bytes(book, layers[l].second->weight.numel())
                                           : products[l] * partial_products(book);
      choices.push_back({static_cast<double>(cost), losses[l][s]});
    }
    problem.choices.push_back(choices);
  }
}

/// All layers in one format.
analyze::Assignment uniform(const Problem& problem, size_t format) {
  analyze::Assignment all{.choices = std::vector<size_t>(problem.layers.size(), format)};
  for (const auto& choices : problem.choices) {
    all.cost += choices[format].cost;
    all.loss += choices[format].loss;
  }
  return all;
}

Recipe with_rules(const Recipe& recipe, const Problem& problem,
                  const analyze::Assignment& assignment) {
  Recipe result = recipe;
  result.weights.clear();
  for (size_t l = 0; l < problem.layers.size(); ++l) {
    result.weights.push_back(problem.layers[l] + "=" +
                             quant::to_string(problem.schemes[l][assignment.choices[l]]));
  }
  return result;
}

/// How many layers have each format.
std::vector<int> counts(const analyze::Assignment& assignment, size_t formats) {
  std::vector<int> result(formats, 0);
  for (const size_t choice : assignment.choices) {
    ++result[choice];
  }
  return result;
}

/// A dozen points of the front, its ends and the chosen one among them.
std::vector<size_t> shown_points(size_t count, size_t chosen) {
  constexpr size_t kShown = 12;
  std::vector<size_t> shown = {chosen};
  for (size_t i = 0; i < std::min(count, kShown); ++i) {
    shown.push_back(count <= kShown ? i : i * (count - 1) / (kShown - 1));
  }
  std::sort(shown.begin(), shown.end());
  shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
  return shown;
}

void print_front(const std::vector<analyze::Assignment>& front, size_t chosen,
                 const SearchFlags& flags, const std::string& kind) {
  std::printf("%14s %12s", kind.c_str(), "divergence");
  for (const std::string& format : flags.formats) {
    std::printf(" %12s", name_of_format(format).c_str());
  }
  std::printf("   (layers)\n");
  for (const size_t i : shown_points(front.size(), chosen)) {
    std::printf("%14.0f %12.6f", front[i].cost, front[i].loss);
    for (const int count : counts(front[i], flags.formats.size())) {
      std::printf(" %12d", count);
    }
    std::printf("%s\n", i == chosen ? "   <- chosen" : "");
  }
}

/// An assignment as it was measured.
struct Measured {
  std::string name;
  analyze::Assignment assignment;
  train::Accuracy accuracy;
};

Measured measure(const std::string& name, const Problem& problem,
                 const analyze::Assignment& assignment, const SearchFlags& flags,
                 const Images& images, int threads) {
  const Recipe recipe = with_rules(flags.recipe, problem, assignment);
  const nn::Graph graph = quantized_graph(recipe, flags.post_training, images.train);
  const runtime::Interpreter integer(convert::to_program(graph));
  return {name, assignment, evaluate_integer(integer, images.test, threads)};
}

void print_measured(const std::vector<Measured>& measured, const std::string& kind) {
  std::printf("\n%-20s %14s %12s %10s  post-training, test images right\n", "network", kind.c_str(),
              "divergence", "accuracy");
  for (const auto& [name, assignment, accuracy] : measured) {
    std::printf("%-20s %14.0f %12.6f %9.2f%%  %lld of %lld\n", name.c_str(), assignment.cost,
                assignment.loss, accuracy.percent(), static_cast<long long>(accuracy.correct),
                static_cast<long long>(accuracy.total));
  }
}

ordered_json to_json(const SearchFlags& flags, const Problem& problem,
                     const std::vector<analyze::Assignment>& front, size_t chosen,
                     const std::vector<Measured>& measured) {
  ordered_json object;
  object["front"] = ordered_json::array();
  for (const analyze::Assignment& point : front) {
    ordered_json layers;
    const std::vector<int> count = counts(point, flags.formats.size());
    for (size_t f = 0; f < count.size(); ++f) {
      layers[name_of_format(flags.formats[f])] = count[f];
    }
    object["front"].push_back(
        {{"cost", point.cost}, {"divergence", point.loss}, {"layers", layers}});
  }
  object["chosen"] = chosen;
  object["weights"] = with_rules(flags.recipe, problem, front[chosen]).weights;
  object["measured"] = ordered_json::array();
  for (const auto& [name, assignment, accuracy] : measured) {
    object["measured"].push_back({{"network", name},
                                  {"cost", assignment.cost},
                                  {"divergence", assignment.loss},
                                  {"accuracy", accuracy.percent()},
                                  {"correct", accuracy.correct},
                                  {"total", accuracy.total}});
  }
  object["output"] = flags.output;
  return object;
}

void run_search(CLI::App& command, SearchFlags& flags) {
  const std::string remark = flags.config.empty() ? "" : apply_config_file(command, flags.config);
  flags.recipe.init = flags.weights_file;
  note_task(flags.shared, flags.recipe);
  inherit_architecture(flags.recipe.init, flags.recipe);
  const Budget budget = parse_budget(flags.budget);
  check_formats("search", flags.recipe, flags.formats);
  if (std::find(flags.formats.begin(), flags.formats.end(), kFloat32) != flags.formats.end()) {
    throw Error("search: float32 is no weight format to choose");
  }
  check(flags.post_training, flags.recipe);
  if (std::filesystem::exists(flags.output)) {
    throw Error(flags.output +
                ": is there already, and a config is not replaced; expected another "
                "--output");
  }
  const auto folder = std::filesystem::absolute(flags.output).parent_path();
  if (::access(folder.c_str(), W_OK) != 0) {
    throw Error(flags.output + ": cannot be written: " + std::strerror(errno));
  }
  const int threads = apply(flags.shared);

  nn::Graph graph = float_graph(flags.recipe);
  Problem problem = make_problem(graph, flags.recipe, flags.formats);
  const Images images = load_images(flags.recipe, flags.shared);
  add_costs_and_losses(problem, graph, quant::parse_scale_grid(flags.recipe.scales),
                       data::first(images.train, flags.sensitivity_images), budget.kind);

  const std::vector<analyze::Assignment> front = analyze::mixed_precision_front(problem.choices);
  double costliest = 0;
  for (size_t f = 0; f < flags.formats.size(); ++f) {
    costliest = std::max(costliest, uniform(problem, f).cost);
  }
  const double limit = budget.is_share ? costliest * budget.value / 100 : budget.value;
  const size_t chosen = analyze::find_within(front, limit);
  if (chosen == front.size()) {
    throw Error("budget '" + flags.budget + "': " + std::to_string(static_cast<int64_t>(limit)) +
                " " + budget.kind + ", expected at least " +
                std::to_string(static_cast<int64_t>(front.back().cost)) +
                ", what these formats need");
  }
  if (!remark.empty()) {
    say(remark);
  }
  std::vector<Measured> measured = {
      measure("mixed", problem, front[chosen], flags, images, threads)};
  for (size_t f = 0; f < flags.formats.size(); ++f) {
    measured.push_back(measure(name_of_format(flags.formats[f]), problem, uniform(problem, f),
                               flags, images, threads));
  }
  write_file(flags.output, to_toml(with_rules(flags.recipe, problem, front[chosen])));
  say("written to " + flags.output);
  if (flags.shared.json) {
    print_json(flags.shared, to_json(flags, problem, front, chosen, measured));
  } else {
    print_front(front, chosen, flags, budget.kind);
    print_measured(measured, budget.kind);
  }
}

}  // namespace

void add_search_command(CLI::App& app) {
  auto flags = std::make_shared<SearchFlags>();
  CLI::App* command =
      app.add_subcommand("search", "Give each layer of a float network a format, within a budget");
  command->footer(R"(
Measures on training images how far the network's answers move (Kullback-Leibler divergence) when
one layer alone has its weights in one format, and walks from the best formats to cheaper ones by
the least divergence for what each step saves. Prints the front, calibrates the chosen network and
each format alone, and writes the chosen one as a config for train and calibrate, which leaves
calibration's own flags (--method, --learn-rounding ...) to be given again.

  floatsd search runs/fp32/last.pt --config configs/mnist-lenet-floatsd4.toml \
    --formats int2 int4 floatsd4 int8 --budget bytes=40% --output mixed.toml)");
  command
      ->add_option("weights-file", flags->weights_file,
                   "Float weights: a checkpoint, or a state dict (torch.save, safetensors, .npz)")
      ->required()
      ->configurable(false);
  command->add_option("--config", flags->config, "TOML file with flags, as for train")
      ->configurable(false);
  command->add_option("--output", flags->output, "File for the config of the chosen network")
      ->required();
  command
      ->add_option("--formats", flags->formats,
                   "Formats to choose among, of `floatsd formats`, or files CODEBOOK.json")
      ->required()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--budget", flags->budget,
                   "bytes=N of weights, or shift-adds=N of an image (products times the format's "
                   "partial products); N% is a share of what the costliest format takes")
      ->required();
  command
      ->add_option("--sensitivity-images", flags->sensitivity_images,
                   "Training images to measure the divergence on, the first N")
      ->check(whole_number(1, kMostImages))
      ->capture_default_str();
  add_network_flags(*command, flags->recipe);
  accept_training_flags(*command, flags->recipe);
  add_post_training_flags(*command, flags->post_training);
  add_data_flags(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([command, flags] { run_search(*command, *flags); });
}

}  // namespace floatsd::app
