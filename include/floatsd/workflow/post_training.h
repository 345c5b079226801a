#pragma once
// Post-training: a float network quantized without training.

#include "floatsd/convert/verify.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/ptq/calibrate.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/workflow/recipe.h"

namespace floatsd::workflow {

struct PostTraining {
  /// Without methods each activation has that of its observer in the recipe: min-max for min-max,
  /// moving-average for all others, which differ from that only while weights move.
  ptq::CalibrateOptions options;
  bool equalize = false, learn_rounding = false, correct_bias = false;
};

/// post_training.options with the methods filled in.
ptq::CalibrateOptions calibrate_options(const PostTraining& post_training,
                                        const quant::QConfig& qconfig);

/// Throws Error if options do not go together: what can be known before images are loaded.
void check(const PostTraining& post_training, const Recipe& recipe);

/// The float weights of recipe.init, quantized by observing training images; ready to be evaluated
/// and converted. Throws Error if the weights or the images do not fit the recipe.
nn::Graph quantized_graph(const Recipe& recipe, const PostTraining& post_training,
                          const data::Dataset& training_images, const OnProgress& on_progress = {});

/// The same, to the bit, on each of several ranks that have the same file and images. Observing is
/// shared out; what sums reals over images (learn_rounding, correct_bias) each computes by itself.
nn::Graph quantized_graph(const Recipe& recipe, const PostTraining& post_training,
                          const data::Dataset& training_images, Communicator& ranks,
                          const OnProgress& on_progress = {});

/// Of an integer network, on the whole data set by `threads` >= 1 threads: several times as fast as
/// its graph. Throws Error if the images are not of the program's input shape.
train::Accuracy evaluate_integer(const runtime::Interpreter& integer, const data::Dataset& dataset,
                                 int threads, const OnProgress& on_progress = {});

/// The same, shared out among ranks that have the same network and images; all get the count.
train::Accuracy evaluate_integer(const runtime::Interpreter& integer, const data::Dataset& dataset,
                                 int threads, Communicator& ranks,
                                 const OnProgress& on_progress = {});

}  // namespace floatsd::workflow
