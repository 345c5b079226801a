// floatsd search: a format for each layer, within a budget.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "command_line.h"
#include "commands.h"
#include "config_file.h"
#include "console.h"
#include "core/file.h"
#include "float_import.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/workflow/post_training.h"
#include "floatsd/workflow/search.h"
#include "floatsd/workflow/sweep.h"
#include "formats_in_rules.h"
#include "option_group.h"
#include "post_training.h"
#include "recipe_options.h"
#include "shared_flags.h"
#include "trained_on.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;
using workflow::Cost;
using workflow::SearchResult;

struct SearchFlags {
  SharedFlags shared;
  Recipe recipe;
  PostTraining post_training;
  std::string weights_file, config, output, budget;
  std::vector<std::string> formats;
  int64_t sensitivity_images = 256;
};

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

void print_front(const SearchResult& result, const std::vector<NamedFormat>& formats, Cost cost) {
  std::printf("%14s %12s", to_string(cost).c_str(), "divergence");
  for (const NamedFormat& format : formats) {
    std::printf(" %12s", format.name.c_str());
  }
  std::printf("   (layers)\n");
  for (const size_t i : shown_points(result.front.size(), result.chosen)) {
    std::printf("%14.0f %12.6f", result.front[i].cost, result.front[i].loss);
    for (const int count : counts(result.front[i], formats.size())) {
      std::printf(" %12d", count);
    }
    std::printf("%s\n", i == result.chosen ? "   <- chosen" : "");
  }
}

/// An assignment as it was measured.
struct Measured {
  std::string name;
  analyze::Assignment assignment;
  train::Accuracy accuracy;
};

Measured measure(const std::string& name, const SearchResult& result,
                 const analyze::Assignment& assignment, const SearchFlags& flags,
                 const Images& images, int threads) {
  const Recipe recipe = workflow::assigned(flags.recipe, result, assignment);
  const nn::Graph graph =
      workflow::quantized_graph(recipe, flags.post_training, images.train, shown_progress(name));
  const runtime::Interpreter integer(convert::to_program(graph));
  return {name, assignment,
          workflow::evaluate_integer(integer, images.test, threads, shown_progress(name))};
}

void print_measured(const std::vector<Measured>& measured, Cost cost) {
  std::printf("\n%-20s %14s %12s %10s  post-training, test images right\n", "network",
              to_string(cost).c_str(), "divergence", "accuracy");
  for (const auto& [name, assignment, accuracy] : measured) {
    std::printf("%-20s %14.0f %12.6f %9.2f%%  %lld of %lld\n", name.c_str(), assignment.cost,
                assignment.loss, accuracy.percent(), static_cast<long long>(accuracy.correct),
                static_cast<long long>(accuracy.total));
  }
}

ordered_json to_json(const SearchFlags& flags, const SearchResult& result,
                     const std::vector<NamedFormat>& formats, const std::vector<std::string>& rules,
                     const std::vector<Measured>& measured) {
  ordered_json object;
  object["front"] = ordered_json::array();
  for (const analyze::Assignment& point : result.front) {
    ordered_json layers;
    const std::vector<int> count = counts(point, formats.size());
    for (size_t f = 0; f < count.size(); ++f) {
      layers[formats[f].name] = count[f];
    }
    object["front"].push_back(
        {{"cost", point.cost}, {"divergence", point.loss}, {"layers", layers}});
  }
  object["chosen"] = result.chosen;
  object["weights"] = rules;
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

std::vector<const Codebook*> codebooks_of(const std::vector<NamedFormat>& formats) {
  std::vector<const Codebook*> codebooks;
  for (const NamedFormat& format : formats) {
    if (format.codebook == nullptr) {
      throw Error("search: float32 is no weight format to choose");
    }
    codebooks.push_back(format.codebook);
  }
  return codebooks;
}

void require_new_output(const std::string& output) {
  if (std::filesystem::exists(output)) {
    throw Error(output +
                ": is there already, and a config is not replaced; expected another --output");
  }
  require_writable(output);
}

/// What the flags ask for, checked.
struct Search {
  workflow::Budget budget;
  std::vector<NamedFormat> formats;
  std::vector<const Codebook*> codebooks;
};

Search checked_search(const SearchFlags& flags) {
  Search search{.budget = workflow::parse_budget(flags.budget),
                .formats = named_formats(flags.formats),
                .codebooks = {}};
  workflow::check_formats(flags.recipe, search.formats);
  search.codebooks = codebooks_of(search.formats);
  workflow::check(flags.post_training, flags.recipe);
  require_new_output(flags.output);
  return search;
}

/// The mixed network, and each format alone.
std::vector<Measured> measure_all(const SearchResult& result,
                                  const std::vector<NamedFormat>& formats, const SearchFlags& flags,
                                  const Images& images, int threads) {
  std::vector<Measured> measured = {
      measure("mixed", result, result.front[result.chosen], flags, images, threads)};
  for (size_t f = 0; f < formats.size(); ++f) {
    measured.push_back(
        measure(formats[f].name, result, workflow::uniform(result, f), flags, images, threads));
  }
  return measured;
}

void run_search(CLI::App& command, SearchFlags& flags) {
  std::vector<std::string> remarks;
  if (!flags.config.empty()) {
    remarks.push_back(apply_config_file(command, flags.config));
  }
  flags.recipe.init = flags.weights_file;
  inherit_dataset(command, flags.recipe, remarks);
  note_task(flags.shared, flags.recipe);
  inherit_architecture(flags.recipe);
  const auto [budget, formats, codebooks] = checked_search(flags);
  const int threads = apply(flags.shared);

  nn::Graph graph = float_graph(flags.recipe);
  const Images images = load_images(flags.recipe, flags.shared);
  const SearchResult result =
      workflow::search(graph, flags.recipe, codebooks, budget,
                       data::first(images.train, flags.sensitivity_images), shown_progress());
  std::erase(remarks, std::string());
  for (const std::string& remark : remarks) {
    say(remark);
  }
  const std::vector<Measured> measured = measure_all(result, formats, flags, images, threads);
  const Recipe chosen = workflow::assigned(flags.recipe, result, result.front[result.chosen]);
  write_file(flags.output, to_toml(chosen));
  say("written to " + flags.output);
  if (flags.shared.json) {
    print_json(flags.shared, to_json(flags, result, formats, weight_rules(chosen), measured));
  } else {
    print_front(result, formats, budget.cost);
    print_measured(measured, budget.cost);
  }
}

/// Those that no other subcommand has.
void add_search_flags(CLI::App& command, SearchFlags& flags) {
  command
      .add_option("weights-file", flags.weights_file,
                  "Float weights: a checkpoint, or a state dict (torch.save, safetensors, .npz)")
      ->required()
      ->configurable(false)
      ->type_name(kFile);
  command.add_option("--config", flags.config, "TOML file with flags, as for train")
      ->configurable(false)
      ->type_name(kFile);
  command.add_option("--output", flags.output, "File for the config of the chosen network")
      ->required()
      ->type_name(kFile)
      ->group(group::kOutput);
  command
      .add_option("--formats", flags.formats,
                  "Formats to choose among, of `floatsd formats`, or files CODEBOOK.json")
      ->required()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name(one_of_or_file(format_names()))
      ->group(group::kQuantization);
  command
      .add_option("--budget", flags.budget,
                  "bytes=N of weights, or shift-adds=N of an image (products times the format's "
                  "partial products); N% is a share of what the costliest format takes")
      ->required()
      ->group(group::kQuantization);
  command
      .add_option("--sensitivity-images", flags.sensitivity_images,
                  "Training images to measure the divergence on, the first N")
      ->check(whole_number(1, kMostImages))
      ->capture_default_str()
      ->group(group::kCalibration);
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
  add_search_flags(*command, *flags);
  add_flags(*command, network_options(flags->recipe));
  accept_training_flags(*command, flags->recipe);
  add_flags(*command, post_training_options(flags->post_training));
  add_data_flags(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([command, flags] { run_search(*command, *flags); });
}

}  // namespace floatsd::app
