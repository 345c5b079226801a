#include "floatsd/workflow/recipe.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/shortest_decimal.h"
#include "floatsd/core/error.h"
#include "floatsd/data/pixel_statistics.h"
#include "floatsd/data/registry.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/train/float_weights.h"

namespace floatsd::workflow {
namespace {

constexpr const char* kDefaultNetwork = "lenet";

/// How a checkpoint of ours at that path was made; nothing if there is none.
std::optional<train::NetworkSpec> spec_of(const std::string& path) {
  std::error_code missing;  // refused by whoever reads the weights
  return std::filesystem::exists(path, missing) ? train::WeightFile(path).spec() : std::nullopt;
}

bool is_architecture_file(const std::string& network) { return network.ends_with(".json"); }

/// By its ending, or because there is such a file.
bool is_checkpoint_file(const std::string& network) {
  std::error_code missing;
  return network.ends_with(".pt") || (network.find_first_of("./") != std::string::npos &&
                                      std::filesystem::is_regular_file(network, missing));
}

/// For the recipe's task; without one for the images of the data set if the registry has it.
nn::Architecture zoo_architecture(const std::string& name, const Recipe& recipe) {
  if (recipe.task) {
    nn::Architecture made = models::make_architecture(
        name, {.input = recipe.task->input, .classes = recipe.task->classes});
    made.class_names = recipe.task->class_names;
    return made;
  }
  nn::Architecture known = models::make_architecture(name);
  if (recipe.dataset.find(':') != std::string::npos) {
    return known;
  }
  const nn::InputSpec& input = known.input();
  const std::array read = {input.channels, input.height, input.width};
  const data::RegisteredDataset& dataset = data::find_registered(
      recipe.dataset.empty() ? data::dataset_with_images(read) : recipe.dataset);
  const std::array<int64_t, 3>& shape = dataset.image_shape;
  if (read == shape) {
    known.class_names = dataset.class_names;
    return known;
  }
  return models::make_architecture(
      name, {.input = nn::InputSpec{.channels = shape[0], .height = shape[1], .width = shape[2]}});
}

nn::Architecture named_architecture(const Recipe& recipe) {
  const std::string& network = recipe.network;
  if (is_architecture_file(network)) {
    return nn::read_architecture(network);
  }
  if (is_checkpoint_file(network)) {
    const auto spec = train::WeightFile(network).spec();
    if (!spec) {
      throw Error(network +
                  ": is no checkpoint of floatsd, and names no architecture; network "
                  "takes a name, an architecture FILE.json or such a checkpoint");
    }
    return spec->architecture;
  }
  return zoo_architecture(network_name(recipe), recipe);
}

/// One for each channel, from one for all or one for each; empty: `known`.
std::vector<float> of_channels(const std::vector<double>& values, const std::vector<float>& known) {
  if (values.empty()) {
    return known;
  }
  std::vector<float> result(values.begin(), values.end());
  if (result.size() == 1) {
    result.resize(known.size(), result.front());
  }
  return result;
}

void inherit(std::vector<double>& values, const std::vector<float>& theirs,
             const std::vector<float>& named) {
  if (!values.empty() || theirs == named || theirs.size() != named.size()) {
    return;
  }
  for (const float value : theirs) {
    values.push_back(shortest_decimal(value));
  }
}

void inherit_normalization(const nn::InputSpec& theirs, const nn::InputSpec& named,
                           Recipe& recipe) {
  inherit(recipe.mean, theirs.mean, named.mean);
  inherit(recipe.deviation, theirs.deviation, named.deviation);
}

/// Whether the zoo has that network, but for its normalization and the names of its classes.
bool is_of_zoo(const nn::Architecture& architecture, const Recipe& recipe) {
  try {
    nn::Architecture known = zoo_architecture(architecture.name(), recipe);
    known.set_normalization(architecture.input().mean, architecture.input().deviation);
    known.class_names = architecture.class_names;
    return nn::to_json(known) == nn::to_json(architecture);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string network_name(const Recipe& recipe) {
  return recipe.network.empty() ? kDefaultNetwork : recipe.network;
}

nn::Architecture architecture_of(const Recipe& recipe) {
  nn::Architecture architecture =
      recipe.architecture ? *recipe.architecture : named_architecture(recipe);
  if (recipe.mean.empty() && recipe.deviation.empty()) {
    return architecture;
  }
  const nn::InputSpec& input = architecture.input();
  architecture.set_normalization(of_channels(recipe.mean, input.mean),
                                 of_channels(recipe.deviation, input.deviation));
  return architecture;
}

train::NetworkSpec network_spec(const Recipe& recipe) {
  train::NetworkSpec spec{.architecture = architecture_of(recipe),
                          .qconfig = recipe.qconfig,
                          .signals = recipe.signals};
  if (spec.qconfig.activation_observers.empty()) {  // a checkpoint says what the default was
    spec.qconfig.activation_observers = {{"*", quant::RangeMethod::kPeak}};
  }
  return spec;
}

bool needs_task(const Recipe& recipe) {
  const bool is_known =
      (recipe.dataset == "mnist" || recipe.dataset == "cifar10") && !recipe.resize;
  return !is_known && !recipe.dataset.empty() && !is_architecture_file(recipe.network) &&
         !is_checkpoint_file(recipe.network);
}

Task task_of(const data::Dataset& training_images) {
  const data::PixelStatistics statistics = data::pixel_statistics(training_images);
  return {.input = {.channels = training_images.channels,
                    .height = training_images.height,
                    .width = training_images.width,
                    .mean = {statistics.mean.begin(), statistics.mean.end()},
                    .deviation = {statistics.deviation.begin(), statistics.deviation.end()}},
          .classes = training_images.classes,
          .class_names = training_images.class_names};
}

std::optional<nn::Architecture> inherit_architecture(const std::string& path, Recipe& recipe) {
  const std::optional<train::NetworkSpec> spec = spec_of(path);
  if (!spec) {
    return std::nullopt;
  }
  const nn::Architecture& theirs = spec->architecture;
  if (recipe.network.empty()) {
    recipe.network = is_of_zoo(theirs, recipe) ? theirs.name() : path;
  }
  inherit_normalization(theirs.input(), named_architecture(recipe).input(), recipe);
  return theirs;
}

bool names_other_network(const Recipe& recipe, const nn::Architecture& theirs) {
  const std::string& network = recipe.network;
  const bool is_file = is_architecture_file(network) || is_checkpoint_file(network);
  std::error_code missing;
  if (network.empty() || (is_file && !std::filesystem::exists(network, missing)) ||
      (!is_file && network == theirs.name())) {
    return false;
  }
  const nn::Architecture named = named_architecture(recipe);
  const auto is_same = [](const auto& a, const auto& b) {
    return a.name == b.name && a.op == b.op && a.inputs == b.inputs && a.shape == b.shape;
  };
  return !(named.shape(nn::kGraphInput) == theirs.shape(nn::kGraphInput)) ||
         !std::ranges::equal(named.nodes(), theirs.nodes(), is_same);
}

void resume_architecture(const std::string& checkpoint, Recipe& recipe) {
  const std::optional<train::NetworkSpec> spec = spec_of(checkpoint);
  if (!spec) {
    return;
  }
  if (recipe.network.empty() && !is_of_zoo(spec->architecture, recipe)) {
    recipe.network = recipe.init;
  }
  recipe.architecture = spec->architecture;
  try {
    inherit_normalization(spec->architecture.input(), named_architecture(recipe).input(), recipe);
  } catch (const Error&) {  // the file is gone or another one: the config has what it said
  }
}

}  // namespace floatsd::workflow
