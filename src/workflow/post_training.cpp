#include "floatsd/workflow/post_training.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/share_out.h"
#include "data/class_names.h"
#include "data/pieces.h"
#include "floatsd/core/error.h"
#include "floatsd/ptq/correct_bias.h"
#include "floatsd/ptq/equalize.h"
#include "floatsd/ptq/learn_rounding.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/train/float_weights.h"

namespace floatsd::workflow {
namespace {

/// In this rank's batches.
int64_t count_correct(const runtime::Interpreter& integer, const data::Dataset& dataset,
                      int threads, const Communicator& ranks, const OnProgress& on_progress) {
  constexpr int64_t kImagesAtOnce = 250;
  const runtime::Program& program = integer.program();
  const ActivationShape& input = program.input_shape;
  data::check_shape(dataset, {input.channels, input.height, input.width}, program.network);
  data::check_classes(dataset, runtime::output_shapes(program).back().channels, program.network);
  data::check_class_names(dataset, program.class_names, program.network);
  const std::vector<ImageBatch> batches = batches_of_rank(dataset.count, kImagesAtOnce, ranks);
  int64_t correct = 0;
  Work work(on_progress, "evaluate", "images", images_in(batches));
  for (const ImageBatch& batch : batches) {
    const std::vector<int> classes =
        integer.classify(data::pixel_bytes(dataset, batch.begin, batch.end), threads);
    for (int64_t i = 0; i < batch.size(); ++i) {
      correct += classes[i] == dataset.labels[batch.begin + i] ? 1 : 0;
    }
    work.advance(batch.size());
  }
  return correct;
}

}  // namespace

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
  Alone alone;
  return quantized_graph(recipe, post_training, training_images, alone, on_progress);
}

nn::Graph quantized_graph(const Recipe& recipe, const PostTraining& post_training,
                          const data::Dataset& training_images, Communicator& ranks,
                          const OnProgress& on_progress) {
  const ptq::CalibrateOptions options = calibrate_options(post_training, recipe.qconfig);
  std::optional<nn::Graph> made;
  agree(ranks, [&] {
    made.emplace(train::make_graph(network_spec(recipe)));
    train::load_float_weights(*made, recipe.init, recipe.weights_from);
    if (post_training.equalize) {
      ptq::equalize(*made);
    }
  });
  ptq::calibrate(*made, training_images, options, ranks, on_progress);
  agree(ranks, [&] {  // sums of reals in the order of the images, by every rank alike
    if (post_training.learn_rounding) {
      ptq::learn_rounding(*made, training_images, options, on_progress);
    }
    if (post_training.correct_bias) {
      ptq::correct_bias(*made, training_images, options, on_progress);
    }
  });
  return std::move(*made);
}

train::Accuracy evaluate_integer(const runtime::Interpreter& integer, const data::Dataset& dataset,
                                 int threads, const OnProgress& on_progress) {
  Alone alone;
  return evaluate_integer(integer, dataset, threads, alone, on_progress);
}

train::Accuracy evaluate_integer(const runtime::Interpreter& integer, const data::Dataset& dataset,
                                 int threads, Communicator& ranks, const OnProgress& on_progress) {
  int64_t correct = 0;
  agree(ranks, [&] { correct = count_correct(integer, dataset, threads, ranks, on_progress); });
  sum_over_ranks(ranks, {&correct, 1});
  return {.correct = correct, .total = dataset.count};
}

}  // namespace floatsd::workflow
