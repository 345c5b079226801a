#include "data_command.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "console.h"
#include "describe_dataset.h"
#include "fetch.h"
#include "floatsd/core/error.h"
#include "floatsd/data/registry.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct FetchOptions {
  std::string name;
  std::string root;
  std::string mirror;
  SharedFlags shared;
};

/// Throws Error with who has it if a data set is known and not one that is fetched.
void require_fetched(const std::string& name) {
  for (const std::string& known : data::registered_names()) {
    const data::RegisteredDataset& dataset = data::find_registered(known);
    if (known == name && !dataset.way_out.empty()) {
      throw Error(name + ": is not fetched, expected mnist or cifar10: " + dataset.way_out);
    }
  }
}

void run_fetch(const FetchOptions& options) {
  require_fetched(options.name);
  PublishedDataset dataset = find_published(options.name);
  if (!options.mirror.empty()) {
    dataset.mirrors = {options.mirror};
  }
  const std::filesystem::path folder =
      std::filesystem::path(options.root) / data::find_registered(dataset.name).folder;
  fetch(dataset, folder, options.shared.json ? std::cerr : std::cout, shown_progress());
  print_json(options.shared, {{"dataset", dataset.name}, {"output", folder.string()}});
}

}  // namespace

void add_data_command(CLI::App& command) {
  CLI::App* data = command.add_subcommand("data", "Get data sets, and see what they hold");
  data->require_subcommand(1);
  CLI::App* fetch_command = data->add_subcommand("fetch", "Download a data set and check it");
  const auto options = std::make_shared<FetchOptions>();
  fetch_command->add_option("NAME", options->name, "Data set: mnist or cifar10")
      ->required()
      ->type_name(one_of({"mnist", "cifar10"}));
  fetch_command
      ->add_option("DIR", options->root,
                   "Root of the data sets: files go to DIR/mnist or DIR/cifar-10-batches-bin")
      ->required()
      ->type_name(kFolder);
  fetch_command->add_option("--mirror", options->mirror,
                            "URL of the folder with the files, instead of the known mirrors");
  add_output_flags(*fetch_command, options->shared);
  fetch_command->footer(R"(
Images are looked for in --data, else in the folder that FLOATSD_DATA names, else in ~/.cache/floatsd/data:

  floatsd data fetch mnist ~/.cache/floatsd/data)");
  fetch_command->callback([options] { run_fetch(*options); });
  add_describe_command(*data);
}

}  // namespace floatsd::app
