#include "shared_flags.h"

#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <thread>

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "floatsd/core/error.h"
#include "floatsd/data/registry.h"
#include "floatsd/data/source.h"
#include "floatsd/images/open_dataset.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/workflow/recipe.h"
#include "input_options.h"
#include "option_group.h"
#include "printable.h"
#include "recipe_options.h"
#include "require_threads.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

std::string percent_text(double percent) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", percent);
  return text;
}

std::string registered_with(const std::array<int64_t, 3>& image_shape) {
  try {
    return data::dataset_with_images(image_shape);
  } catch (const Error& error) {
    throw Error(std::string(error.what()) + " by --dataset");
  }
}

}  // namespace

void add_output_flags(CLI::App& command, SharedFlags& flags) {
  command
      .add_flag("--quiet", flags.quiet,
                "No progress and no remarks on stderr, only warnings and errors")
      ->group(group::kOutput);
  command.add_flag("--json", flags.json, "One JSON object on stdout at the end")
      ->group(group::kOutput);
}

void add_data_flags(CLI::App& command, SharedFlags& flags) {
  command
      .add_option("--data", flags.data,
                  "Folder that holds mnist/, cifar-10-batches-bin/ ... (default: FLOATSD_DATA, "
                  "then the user's cache)")
      ->type_name(kFolder)
      ->group(group::kNetworkAndData);
  command
      .add_option("--threads", flags.threads,
                  "Threads to compute with (default: one for each core)")
      ->check(whole_number(1, kMostThreads));
}

void add_expectation_flag(CLI::App& command, SharedFlags& flags) {
  command
      .add_option("--expect-accuracy", flags.expect_accuracy,
                  "Exit with 1 if the accuracy is below this percentage")
      ->check(number(0, 100))
      ->group(group::kOutput);
}

void add_tensorboard_flag(CLI::App& command, bool& writes_events) {
  command
      .add_flag("--tensorboard", writes_events,
                "Write event files for TensorBoard into the run's folder")
      ->group(group::kOutput);
}

int apply(const SharedFlags& flags) {
  set_verbosity(flags.quiet ? Verbosity::kQuiet : Verbosity::kNormal);
  if (flags.expect_accuracy && *flags.expect_accuracy > 0 && *flags.expect_accuracy <= 1) {
    warn("--expect-accuracy " + percent_text(*flags.expect_accuracy) +
         " is a percentage: expected 95 for 95 %");
  }
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int threads = flags.threads > 0 ? flags.threads : cores;
  require_threads(threads);
  at::set_num_threads(threads);
  return threads;
}

DatasetFlags dataset_flags(const workflow::Recipe& recipe) {
  return {recipe.dataset, recipe.resize};
}

data::Dataset load(const SharedFlags& flags, const DatasetFlags& dataset, data::Part part) {
  images::OpenOptions options;
  if (!flags.data.empty()) {
    options.root = flags.data;
  }
  options.size = dataset.resize;
  if (!flags.quiet) {
    options.on_progress = shown_progress();
  }
  try {
    const data::Source source = data::parse_source(dataset.dataset);
    for (const Output& output : flags.outputs) {
      if (source.kind != data::SourceKind::kRegistered) {
        require_outside(source.folder, output);
      }
    }
    return images::open_dataset(source, part, options);
  } catch (const Error& error) {
    if (dataset.named_by.empty()) {
      throw;
    }
    throw Error(std::string(error.what()) + " (" + dataset.named_by + "; --dataset names another)");
  }
}

void add_dataset_flags(CLI::App& command, DatasetFlags& dataset, const std::string& otherwise) {
  command
      .add_option("--dataset", dataset.dataset, dataset_help() + " (default: " + otherwise + ")")
      ->type_name(one_of(data::registered_names()))
      ->group(group::kNetworkAndData);
  add_flags(command, in_group(group::kNetworkAndData, {resize_option(dataset.resize)}));
}

DatasetFlags or_by_shape(const DatasetFlags& given, const std::array<int64_t, 3>& image_shape) {
  DatasetFlags found = given;
  if (found.dataset.empty()) {
    found.dataset = registered_with(image_shape);
    say("images: " + found.dataset +
        ", the first data set with images of the network's shape; --dataset names another");
  }
  return found;
}

data::Dataset load_test_set(const SharedFlags& flags, const DatasetFlags& dataset,
                            const std::array<int64_t, 3>& image_shape) {
  return load(flags, or_by_shape(dataset, image_shape), data::Part::kTest);
}

void report(const SharedFlags& flags, const std::string& line) {
  if (flags.json) {
    say(line);
  } else {
    std::cout << printable(line) << '\n' << std::flush;
  }
}

void print_json(const SharedFlags& flags, const nlohmann::ordered_json& object) {
  if (flags.json) {
    std::cout << object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
              << '\n'
              << std::flush;
  }
}

void check_expectation(const SharedFlags& flags, double percent) {
  if (flags.expect_accuracy && !(percent >= *flags.expect_accuracy)) {  // nor if it is NaN
    const double expected = *flags.expect_accuracy;
    const bool looks_equal = percent_text(percent) == percent_text(expected);
    throw Unmet("accuracy " +
                (looks_equal ? std::to_string(percent) + " %" : percent_text(percent)) +
                ", expected at least " +
                (looks_equal ? std::to_string(expected) + " %" : percent_text(expected)));
  }
}

std::string accuracy_text(int64_t correct, int64_t total) {
  const train::Accuracy accuracy{correct, total};
  return percent_text(accuracy.percent()) + " (" + std::to_string(correct) + " of " +
         std::to_string(total) + ")";
}

}  // namespace floatsd::app
