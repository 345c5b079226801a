#include "floatsd/workflow/post_training.h"

#include <algorithm>
#include <span>
#include <vector>

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
  const std::span<const uint8_t> images = dataset.images;
  train::Accuracy accuracy{.total = dataset.count};
  Work work(on_progress, "evaluate", "images", dataset.count);
  for (int64_t begin = 0; begin < dataset.count; begin += kImagesAtOnce) {
    const int64_t count = std::min(kImagesAtOnce, dataset.count - begin);
    const std::vector<int> classes =
        integer.classify(images.subspan(begin * input.size(), count * input.size()), threads);
    for (int64_t i = 0; i < count; ++i) {
      accuracy.correct += classes[i] == dataset.labels[begin + i] ? 1 : 0;
    }
    work.advance(count);
  }
  return accuracy;
}

}  // namespace floatsd::workflow
