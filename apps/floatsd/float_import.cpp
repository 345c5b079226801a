#include "float_import.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include "console.h"
#include "core/names.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"
#include "recipe_options.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

std::string numbers(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) {
    char number[32];
    std::snprintf(number, sizeof number, "%.6g", static_cast<double>(value));
    text += (text.empty() ? "" : " ") + std::string(number);
  }
  return text;
}

train::WeightsOrigin load_and_say(nn::Graph& graph, const train::WeightFile& file,
                                  const std::string& path, const std::string& from) {
  train::WeightsOrigin origin = file.load_into(graph, from);
  say_origin(graph, path, origin);
  return origin;
}

}  // namespace

void inherit_architecture(workflow::Recipe& recipe) {
  const auto theirs = workflow::inherit_architecture(recipe.init, recipe);
  if (theirs && workflow::names_other_network(recipe, *theirs)) {
    warn(recipe.network + ": is another network than that of " + recipe.init +
         ", whose weights are put into it");
  }
}

std::string input_text(const nn::InputSpec& input) {
  return "input: (byte / 255 - mean) / std, mean " + numbers(input.mean) + ", std " +
         numbers(input.deviation);
}

void say_origin(const nn::Graph& graph, const std::string& path,
                const train::WeightsOrigin& origin) {
  if (origin.is_checkpoint) {
    return;
  }
  std::string line = path + ": weights taken from " +
                     (origin.dict.empty() ? "the top level" : "'" + origin.dict + "'");
  if (!origin.prefix.empty()) {
    line += ", prefix '" + origin.prefix + "'";
  }
  if (origin.was_quantized) {
    line += ", real values of quantized tensors";
  }
  if (!origin.others.empty()) {
    line += "; a whole set lies under " + list_text(quoted(origin.others)) +
            ", too (--weights-from takes it)";
  }
  say(line);
  if (!origin.left_out.empty()) {
    warn(path + ": " + list_text(quoted(origin.left_out)) +
         " belong to layers that the network has not and were left out; if it was trained with "
         "them, its answers differ");
  }
  if (origin.has_folded_norms) {
    warn(path +
         ": batch norms are folded into its weights and begin as identities; train with "
         "--freeze-batch-norm-epochs and a low rate, or from the float weights");
  }
  say(input_text(graph.input()) + " (--mean, --std)");
}

train::WeightsOrigin import_weights(nn::Graph& graph, const std::string& path,
                                    const std::string& from) {
  return load_and_say(graph, train::WeightFile(path), path, from);
}

nn::Graph import_network(const nn::Architecture& architecture, const train::WeightFile& file,
                         const std::string& path, const std::string& from) {
  nn::Graph graph = file.make_graph(architecture);
  load_and_say(graph, file, path, from);
  return graph;
}

void note_task(const SharedFlags& shared, workflow::Recipe& recipe) {
  if (workflow::needs_task(recipe)) {
    recipe.task = workflow::task_of(load(shared, dataset_flags(recipe), data::Part::kTrain));
  }
}

void warn_near_chance(const train::Accuracy& accuracy, int classes) {
  const double chance = 100.0 / classes;
  constexpr double kShare = 0.3;  // of the way from guessing to all right
  if (accuracy.percent() < chance + kShare * (100 - chance)) {
    warn("the float network is right for " + accuracy_text(accuracy.correct, accuracy.total) +
         ", near chance; the usual cause is another preprocessing than in training: --mean and "
         "--std, in `floatsd import` --input-scale as well, say what it was");
  }
}

}  // namespace floatsd::app
