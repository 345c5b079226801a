#include "post_training.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <limits>
#include <sstream>

#include "command_line.h"
#include "evaluate_integer.h"
#include "float_import.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/ptq/correct_bias.h"
#include "floatsd/ptq/equalize.h"
#include "floatsd/ptq/learn_rounding.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/checkpoint.h"
#include "folder_lock.h"
#include "recipe_architecture.h"
#include "recipe_toml.h"
#include "run_record.h"

namespace floatsd::app {
namespace {

/// As rules; those of the recipe's observers if none were given: min-max, and moving-average for
/// all others, which differ from it only while weights move.
std::vector<std::string> methods_of(const PostTraining& post_training, const Recipe& recipe) {
  if (!post_training.methods.empty()) {
    return post_training.methods;
  }
  std::vector<std::string> methods;
  for (const std::string& text : recipe.activation_observer) {
    auto rule = quant::parse_rule(text, quant::parse_range_method);
    if (rule.value != quant::RangeMethod::kMinMax) {
      rule.value = quant::RangeMethod::kMovingAverage;
    }
    methods.push_back(quant::to_string(rule));
  }
  return methods;
}

/// Throws Error on a method that is unknown.
ptq::CalibrateOptions calibrate_options(const PostTraining& post_training, const Recipe& recipe) {
  ptq::CalibrateOptions options = post_training.options;
  for (const std::string& text : methods_of(post_training, recipe)) {
    options.methods.push_back(quant::parse_rule(text, ptq::parse_calibration_method));
  }
  return options;
}

}  // namespace

void add_post_training_flags(CLI::App& command, PostTraining& post_training) {
  command
      .add_option("--images", post_training.options.images,
                  "Training images to observe, the first N")
      ->check(whole_number(1, kMostImages))
      ->capture_default_str();
  command
      .add_option("--method", post_training.methods,
                  "How an activation's range is chosen: moving-average or min-max of the batches, "
                  "percentile or mse (least squared error) of a histogram; or PATTERN=METHOD "
                  "(default: min-max if --activation-observer says so, else moving-average)")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--percentile", post_training.options.percentile,
                  "Percentage of the values that --method percentile keeps, counted from each end")
      ->capture_default_str();
  command.add_flag("--equalize", post_training.equalize,
                   "First make channels alike from layer to layer (cross-layer equalization)");
  command.add_flag("--learn-rounding", post_training.learn_rounding,
                   "After calibration let each layer's output choose between the two levels next "
                   "to each weight (AdaRound; minutes for a large network)");
  command.add_flag("--correct-bias", post_training.correct_bias,
                   "At last take what rounded weights add on average out of the biases");
}

std::string to_toml(const PostTraining& post_training, const Recipe& recipe) {
  const ptq::CalibrateOptions options = calibrate_options(post_training, recipe);
  const auto text = [](bool is_on) { return is_on ? "true\n" : "false\n"; };
  std::ostringstream out;
  out << std::setprecision(std::numeric_limits<double>::max_digits10);
  out << to_toml(recipe);
  out << "method = " << toml_rules(methods_of(post_training, recipe)) << '\n';
  out << "percentile = " << options.percentile << '\n';
  out << "images = " << options.images << '\n';
  out << "equalize = " << text(post_training.equalize);
  out << "learn-rounding = " << text(post_training.learn_rounding);
  out << "correct-bias = " << text(post_training.correct_bias);
  return out.str();
}

void check(const PostTraining& post_training, const Recipe& recipe) {
  const ptq::CalibrateOptions options = calibrate_options(post_training, recipe);
  if (post_training.learn_rounding && post_training.correct_bias) {
    throw Error("--learn-rounding leaves --correct-bias nothing to correct; give one of them");
  }
  if (recipe.weights.empty()) {
    throw Error("no --weights rules: nothing would be quantized");
  }
  ptq::check(options, train::make_graph(network_spec(recipe)));
}

Images load_images(const Recipe& recipe, const SharedFlags& shared) {
  const DatasetFlags dataset = dataset_flags(recipe);
  return {load(shared, dataset, data::Part::kTrain), load(shared, dataset, data::Part::kTest)};
}

nn::Graph float_graph(const Recipe& recipe) {
  nn::Graph graph = train::make_graph({.architecture = architecture_of(recipe)});
  import_weights(graph, recipe.init, recipe.weights_from);
  return graph;
}

nn::Graph quantized_graph(const Recipe& recipe, const PostTraining& post_training,
                          const data::Dataset& train_set) {
  const ptq::CalibrateOptions options = calibrate_options(post_training, recipe);
  nn::Graph graph = train::make_graph(network_spec(recipe));
  train::load_float_weights(graph, recipe.init, recipe.weights_from);
  if (post_training.equalize) {
    ptq::equalize(graph);
  }
  ptq::calibrate(graph, train_set, options);
  if (post_training.learn_rounding) {
    ptq::learn_rounding(graph, train_set, options);
  }
  if (post_training.correct_bias) {
    ptq::correct_bias(graph, train_set, options);
  }
  return graph;
}

PostTrainingResult quantize_into(const RunFolder& folder, const Recipe& recipe,
                                 const PostTraining& post_training, const Images& images,
                                 int threads, bool overwrite) {
  const std::string ways_out = "--overwrite replaces what is in it";
  if (!overwrite) {
    folder.require_empty(ways_out);
  }
  folder.require_apart_from(recipe.init);
  nn::Graph graph = quantized_graph(recipe, post_training, images.train);
  const runtime::Interpreter integer(convert::to_program(graph));
  const PostTrainingResult result{
      .accuracy = evaluate_integer(integer, images.test, threads),
      .images = std::min(post_training.options.images, images.train.count)};

  make_folder(folder.path());
  const FolderLock lock(folder.path());
  if (overwrite) {
    folder.clear();
  } else {
    folder.require_empty(ways_out);  // another run may have begun in it meanwhile
  }
  const RunRecord record = {.config = to_toml(post_training, recipe),
                            .data = identity_of(images.train)};
  folder.begin(record.config);
  train::Checkpoint checkpoint =
      train::make_checkpoint(network_spec(recipe), graph, quant::Pass::kInteger);
  checkpoint.run_record = to_value(record);
  train::save_checkpoint(checkpoint, folder.last());
  runtime::save_model(integer.program(), folder.model());
  return result;
}

}  // namespace floatsd::app
