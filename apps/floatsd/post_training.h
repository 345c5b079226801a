#pragma once
// Post-training: a float network quantized without training, into a run folder.

#include <string>
#include <vector>

#include "floatsd/ptq/calibrate.h"
#include "floatsd/train/evaluate.h"
#include "recipe.h"
#include "run_folder.h"
#include "shared_flags.h"

namespace floatsd::app {

struct PostTraining {
  std::vector<std::string> methods;  ///< rules; none: the recipe's activation observers
  ptq::CalibrateOptions options;
  bool equalize = false, learn_rounding = false, correct_bias = false;
};

/// --method, --images, --percentile, --equalize, --learn-rounding, --correct-bias.
void add_post_training_flags(CLI::App& command, PostTraining& post_training);

/// The config.toml of what quantize_into does.
std::string to_toml(const PostTraining& post_training, const Recipe& recipe);

/// Throws Error where flags do not go together: what can be known before images are loaded.
void check(const PostTraining& post_training, const Recipe& recipe);

/// What a recipe trains and is tested on.
struct Images {
  data::Dataset train, test;
};
Images load_images(const Recipe& recipe, const SharedFlags& shared);

/// The float weights of recipe.init, as they are; says what was taken (float_import.h).
nn::Graph float_graph(const Recipe& recipe);

/// The float weights of recipe.init, quantized; ready to be evaluated and converted. Throws Error.
nn::Graph quantized_graph(const Recipe& recipe, const PostTraining& post_training,
                          const data::Dataset& train_set);

struct PostTrainingResult {
  train::Accuracy accuracy;  ///< of the integer network
  int64_t images = 0;        ///< calibrated on
};

/// Quantizes the float weights of recipe.init and leaves config.toml, last.pt and model.safetensors
/// in the folder; one that is not empty is replaced with `overwrite`. Throws Error.
PostTrainingResult quantize_into(const RunFolder& folder, const Recipe& recipe,
                                 const PostTraining& post_training, const Images& images,
                                 int threads, bool overwrite);

}  // namespace floatsd::app
