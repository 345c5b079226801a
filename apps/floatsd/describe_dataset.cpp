#include "describe_dataset.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "console.h"
#include "core/counted.h"
#include "core/file.h"
#include "floatsd/data/pixel_statistics.h"
#include "floatsd/data/registry.h"
#include "images/contact_sheet.h"
#include "images/png_file.h"
#include "input_options.h"
#include "option_group.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

struct DescribeFlags {
  SharedFlags shared;
  DatasetFlags dataset;
  std::string sheet;
};

/// How many images each class has.
std::vector<int64_t> count_classes(const data::Dataset& dataset) {
  std::vector<int64_t> counts(static_cast<size_t>(dataset.classes));
  for (const uint16_t label : dataset.labels) {
    ++counts[label];
  }
  return counts;
}

struct Description {
  std::string name;
  int64_t train, test;
  int64_t channels, height, width;
  std::vector<std::string> classes;  ///< names; numbers if they have none
  std::vector<int64_t> train_counts, test_counts;
  data::PixelStatistics statistics;
};

Description describe_parts(const data::Dataset& train, const data::Dataset& test) {
  Description description{.name = train.name,
                          .train = train.count,
                          .test = test.count,
                          .channels = train.channels,
                          .height = train.height,
                          .width = train.width,
                          .classes = train.class_names,
                          .train_counts = count_classes(train),
                          .test_counts = count_classes(test),
                          .statistics = pixel_statistics(train)};
  for (int label = static_cast<int>(description.classes.size()); label < train.classes; ++label) {
    description.classes.push_back(std::to_string(label));
  }
  return description;
}

std::string numbers(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) {
    char number[32];
    std::snprintf(number, sizeof number, "%.4f", value);
    text += (text.empty() ? "" : ", ") + std::string(number);
  }
  return text;
}

void print(const Description& of) {
  constexpr size_t kMostRows = 100;
  std::cout << of.name << ": " << counted(of.train, "training image") << ", "
            << counted(of.test, "test image") << " of " << of.channels << " x " << of.height
            << " x " << of.width << ", " << counted(std::ssize(of.classes), "class", "classes")
            << "\n"
            << "of the training images: mean " << numbers(of.statistics.mean) << ", deviation "
            << numbers(of.statistics.deviation) << "\n\n";
  size_t width = std::string("class").size();
  const size_t rows = std::min(of.classes.size(), kMostRows);
  for (size_t i = 0; i < rows; ++i) {
    width = std::max(width, of.classes[i].size());
  }
  const auto column = [](const std::string& text) {
    constexpr size_t kColumn = 9;
    return std::string(kColumn - std::min(kColumn, text.size()), ' ') + text;
  };
  const auto padded = [&](const std::string& text) {
    return text + std::string(width - text.size(), ' ');
  };
  std::cout << padded("class") << column("train") << column("test") << '\n';
  for (size_t i = 0; i < rows; ++i) {
    std::cout << padded(of.classes[i]) << column(std::to_string(of.train_counts[i]))
              << column(std::to_string(of.test_counts[i])) << '\n';
  }
  if (rows < of.classes.size()) {
    std::cout << "and " << of.classes.size() - rows << " more (--json has all)\n";
  }
  std::cout << std::flush;
}

ordered_json to_json(const Description& of) {
  auto classes = ordered_json::array();
  for (size_t i = 0; i < of.classes.size(); ++i) {
    classes.push_back(
        {{"name", of.classes[i]}, {"train", of.train_counts[i]}, {"test", of.test_counts[i]}});
  }
  return {{"dataset", of.name},
          {"train", of.train},
          {"test", of.test},
          {"shape", {of.channels, of.height, of.width}},
          {"mean", of.statistics.mean},
          {"deviation", of.statistics.deviation},
          {"classes", classes}};
}

void run_describe(DescribeFlags& flags) {
  set_verbosity(flags.shared.quiet ? Verbosity::kQuiet : Verbosity::kNormal);
  flags.shared.outputs = {{flags.sheet, "--output"}};
  require_outputs(flags.shared.outputs);
  const data::Dataset train = load(flags.shared, flags.dataset, data::Part::kTrain);
  const data::Dataset test = load(flags.shared, flags.dataset, data::Part::kTest);
  data::check_parts(train, test);
  const Description description = describe_parts(train, test);
  if (flags.shared.json) {
    print_json(flags.shared, to_json(description));
  } else {
    print(description);
  }
  if (!flags.sheet.empty()) {
    write_file(flags.sheet, images::encode_png(images::contact_sheet(train)));
    say("written to " + flags.sheet);
  }
}

}  // namespace

void add_describe_command(CLI::App& data) {
  auto flags = std::make_shared<DescribeFlags>();
  CLI::App* command = data.add_subcommand("describe", "What a data set holds");
  command->footer(R"(
Counts by part and class, the images' shape, mean and deviation of the training images' pixels, and
with -o a contact sheet: the first training images of each class.

  floatsd data describe images:photos --resize 32x32 -o sheet.png)");
  command->add_option("DATASET", flags->dataset.dataset, dataset_help())
      ->required()
      ->type_name(one_of(data::registered_names()));
  command
      ->add_option("--data", flags->shared.data,
                   "Folder that holds mnist/, cifar-10-batches-bin/ ... (default: FLOATSD_DATA, "
                   "then the user's cache)")
      ->type_name(kFolder)
      ->group(group::kNetworkAndData);
  add_flags(*command, in_group(group::kNetworkAndData, {resize_option(flags->dataset.resize)}));
  command->add_option("-o,--output", flags->sheet, "Draw a contact sheet into this PNG file")
      ->type_name(kFile)
      ->group(group::kOutput);
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_describe(*flags); });
}

}  // namespace floatsd::app
