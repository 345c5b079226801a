#include "post_training.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <sstream>

#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/qat/correct_bias.h"
#include "floatsd/qat/equalize.h"
#include "floatsd/qat/learn_rounding.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/checkpoint.h"

namespace floatsd::app {
namespace {

/// With the method of the recipe where none was given (a learned range has no method of its own
/// before training). Throws Error on what cannot be.
qat::CalibrateOptions calibrate_options(const PostTraining& post_training, const Recipe& recipe) {
  qat::CalibrateOptions options = post_training.options;
  if (!post_training.method.empty()) {
    options.method = qat::parse_calibration_method(post_training.method);
  } else if (quant::parse_range_method(recipe.activation_observer) !=
             quant::RangeMethod::kLearned) {
    options.method = qat::parse_calibration_method(recipe.activation_observer);
  }
  qat::check(options);
  if (post_training.learn_rounding && post_training.correct_bias) {
    throw Error(
        "calibrate: --learn-rounding leaves --correct-bias nothing to correct; give one of them");
  }
  return options;
}

}  // namespace

void add_post_training_flags(CLI::App& command, PostTraining& post_training) {
  command
      .add_option("--images", post_training.options.images,
                  "Training images to observe, the first N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--method", post_training.method,
                     "How an activation's range is chosen: moving-average or min-max of the "
                     "batches, percentile or mse (least squared error) of a histogram (default: "
                     "what --activation-observer says; moving-average if that is learned)");
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
  const qat::CalibrateOptions options = calibrate_options(post_training, recipe);
  const auto text = [](bool is_on) { return is_on ? "true\n" : "false\n"; };
  std::ostringstream out;
  out << to_toml(recipe);
  out << "method = " << std::quoted(qat::to_string(options.method)) << '\n';
  out << "percentile = " << options.percentile << '\n';
  out << "images = " << options.images << '\n';
  out << "equalize = " << text(post_training.equalize);
  out << "learn-rounding = " << text(post_training.learn_rounding);
  out << "correct-bias = " << text(post_training.correct_bias);
  return out.str();
}

Images load_images(const Recipe& recipe, const SharedFlags& shared) {
  return {load(shared, recipe.dataset, data::Part::kTrain),
          load(shared, recipe.dataset, data::Part::kTest)};
}

nn::Graph quantized_graph(const Recipe& recipe, const PostTraining& post_training,
                          const data::Dataset& train_set) {
  const train::NetworkSpec spec = network_spec(recipe);
  if (spec.qconfig.rules.empty()) {
    throw Error("calibrate: no --weights rules, nothing would be quantized");
  }
  const qat::CalibrateOptions options = calibrate_options(post_training, recipe);
  nn::Graph graph = train::make_graph(spec);
  train::load_float_weights(graph, recipe.init);
  if (post_training.equalize) {
    qat::equalize(graph);
  }
  qat::calibrate(graph, train_set, options);
  if (post_training.learn_rounding) {
    qat::learn_rounding(graph, train_set, options);
  }
  if (post_training.correct_bias) {
    qat::correct_bias(graph, train_set, options);
  }
  return graph;
}

PostTrainingResult quantize_into(const RunFolder& folder, const Recipe& recipe,
                                 const PostTraining& post_training, const SharedFlags& shared,
                                 bool overwrite) {
  if (!overwrite) {
    folder.require_empty();
  }
  folder.require_apart_from(recipe.init);
  const train::NetworkSpec spec = network_spec(recipe);
  nn::Graph float_graph = train::make_graph({.network = spec.network});
  train::load_float_weights(float_graph, recipe.init);
  const Images images = load_images(recipe, shared);
  nn::Graph graph = quantized_graph(recipe, post_training, images.train);
  const PostTrainingResult result{
      .before = train::evaluate(float_graph, images.test),
      .after = train::evaluate(graph, images.test),
      .images = std::min(post_training.options.images, images.train.count)};
  const runtime::Program program = convert::to_program(graph);

  if (overwrite) {
    folder.clear();
  }
  folder.begin(to_toml(post_training, recipe));
  train::save_checkpoint(train::make_checkpoint(spec, graph, qat::Phase::kRangesFrozen),
                         folder.last());
  runtime::save_model(program, folder.model());
  return result;
}

}  // namespace floatsd::app
