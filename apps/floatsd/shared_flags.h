#pragma once
// The flags that several subcommands have, declared and read in one way.

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apart.h"
#include "floatsd/data/dataset.h"
#include "floatsd/images/image.h"

namespace CLI {
class App;
}

namespace floatsd::workflow {
struct Recipe;
}

namespace floatsd::app {

/// --data, --threads, --quiet, --json, --expect-accuracy.
struct SharedFlags {
  std::string data;
  int threads = 0;  ///< 0: the number of cores
  bool quiet = false;
  bool json = false;
  std::optional<double> expect_accuracy;  ///< percent
  std::vector<Output> outputs = {};  ///< files that it writes, none of the images that it loads
};

/// --quiet, --json. Results go to stdout in any case: as text, or with --json as one object.
void add_output_flags(CLI::App& command, SharedFlags& flags);
void add_data_flags(CLI::App& command, SharedFlags& flags);  ///< --data, --threads
void add_expectation_flag(CLI::App& command, SharedFlags& flags);
void add_tensorboard_flag(CLI::App& command, bool& writes_events);

/// Sets verbosity and the number of threads; the number in use.
int apply(const SharedFlags& flags);

/// What --dataset and --resize say; see data/source.h and images/resize.h.
struct DatasetFlags {
  std::string dataset;  ///< empty: the one that the network was trained on, or reads by its shape
  std::optional<images::ImageSize> resize;  ///< nothing: images stay as they are
  std::string named_by = {};  ///< "last.pt was trained on it", for errors; empty: the command did
};

/// Those of a recipe.
DatasetFlags dataset_flags(const workflow::Recipe& recipe);

/// The data set that a network is trained or tested on. What the registry names comes from --data,
/// FLOATSD_DATA or the cache.
data::Dataset load(const SharedFlags& flags, const DatasetFlags& dataset, data::Part part);

/// --dataset and --resize of a command whose network tells by itself what images it reads; the help
/// says what they are without the flag.
void add_dataset_flags(CLI::App& command, DatasetFlags& dataset,
                       const std::string& otherwise =
                           "the one that the checkpoint was trained on, else mnist or cifar10 by "
                           "the shape of their images");
/// `given` if it names a data set; else with the first one whose images have that shape, which a
/// remark names.
DatasetFlags or_by_shape(const DatasetFlags& given, const std::array<int64_t, 3>& image_shape);

/// The test set of or_by_shape.
data::Dataset load_test_set(const SharedFlags& flags, const DatasetFlags& dataset,
                            const std::array<int64_t, 3>& image_shape);

/// A line of the result: on stdout, or with --json, whose object has stdout to itself, a remark.
void report(const SharedFlags& flags, const std::string& line);

/// With --json one object on stdout.
void print_json(const SharedFlags& flags, const nlohmann::ordered_json& object);

/// Throws Unmet if --expect-accuracy asks for more than `percent`.
void check_expectation(const SharedFlags& flags, double percent);

/// "99.05 % (9905 of 10000)".
std::string accuracy_text(int64_t correct, int64_t total);

}  // namespace floatsd::app
