#include "floatsd/workflow/post_training.h"

#include <algorithm>
#include <span>
#include <vector>

#include "data/pieces.h"
#include "floatsd/core/error.h"
#include "floatsd/ptq/correct_bias.h"
#include "floatsd/ptq/equalize.h"
#include "floatsd/ptq/learn_rounding.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/train/float_weights.h"

namespace floatsd::workflow {

ptq::CalibrateOptions calibrate_options(const PostTraining& post_training,
                                        const quant::QConfig& qconfig) {
  ptq::CalibrateOptions options = post_training.options;
  if (!options.methods.empty()) {
    return options;
  }
  for (const auto& [pattern, method] : qconfig.activation_observers) {
    options.methods.push_back({pattern, method == quant::RangeMethod::kMinMax
                                            ? ptq::CalibrationMethod::kMinMax
                                            : ptq::CalibrationMethod::kMovingAverage});
  }
  if (options.methods.empty()) {
    options.methods.push_back({"*", ptq::CalibrationMethod::kMovingAverage});
  }
  return options;
}

void check(const PostTraining& post_training, const Recipe& recipe) {
  if (post_training.learn_rounding && post_training.correct_bias) {
    throw Error("learn-rounding leaves correct-bias nothing to correct; give one of them");
  }
  if (!recipe.quantizes()) {
    throw Error(
        "no weights rules: nothing would be quantized, expected at least one: "
        "*=int8:per-channel");
  }
  ptq::check(calibrate_options(post_training, recipe.qconfig),
             train::make_graph(network_spec(recipe)));
}

nn::Graph quantized_graph(const Recipe& recipe, const PostTraining& post_training,
                          const data::Dataset& training_images, const OnProgress& on_progress) {
  const ptq::CalibrateOptions options = calibrate_options(post_training, recipe.qconfig);
  nn::Graph graph = train::make_graph(network_spec(recipe));
  train::load_float_weights(graph, recipe.init, recipe.weights_from);
  if (post_training.equalize) {
    ptq::equalize(graph);
  }
  ptq::calibrate(graph, training_images, options, on_progress);
  if (post_training.learn_rounding) {
    ptq::learn_rounding(graph, training_images, options, on_progress);
  }
  if (post_training.correct_bias) {
    ptq::correct_bias(graph, training_images, options, on_progress);
  }
  return graph;
}

train::Accuracy evaluate_integer(const runtime::Interpreter& integer, const data::Dataset& dataset,
                                 int threads, const OnProgress& on_progress) {
  constexpr int64_t kImagesAtOnce = 250;
  const runtime::Program& program = integer.program();
  const ActivationShape& input = program.input_shape;
  data::check_shape(dataset, {input.channels, input.height, input.width}, program.network);
  data::check_classes(dataset, runtime::output_shapes(program).back().channels, program.network);
  train::Accuracy accuracy{.total = dataset.count};
  Work work(on_progress, "evaluate", "images", dataset.count);
  data::for_each_piece(dataset, kImagesAtOnce, work, [&](int64_t begin, int64_t end) {
    const std::vector<int> classes =
        integer.classify(data::pixel_bytes(dataset, begin, end), threads);
    for (int64_t i = begin; i < end; ++i) {
      accuracy.correct += classes[i - begin] == dataset.labels[i] ? 1 : 0;
    }
  });
  return accuracy;
}

}  // namespace floatsd::workflow
