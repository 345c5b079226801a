#pragma once
// Post-training into a run folder, and its options.

#include <string>

#include "floatsd/core/communicator.h"
#include "floatsd/train/float_weights.h"
#include "floatsd/workflow/post_training.h"
#include "option_table.h"
#include "recipe_options.h"
#include "run_folder.h"
#include "shared_flags.h"

namespace floatsd::app {

using workflow::PostTraining;

/// --method, --images, --percentile, --equalize, --learn-rounding, --correct-bias.
OptionTable post_training_options(PostTraining& post_training);

/// The config.toml of what quantize_into does.
std::string to_toml(const PostTraining& post_training, const Recipe& recipe);

/// What a recipe trains and is tested on.
struct Images {
  data::Dataset train, test;
};
Images load_images(const Recipe& recipe, const SharedFlags& shared);

/// The float weights of recipe.init, as they are; says what was taken (float_import.h).
nn::Graph float_graph(const Recipe& recipe);

/// Throws Error if a network that is made of recipe.init may not be left in that folder.
void require_output(const RunFolder& folder, const Recipe& recipe, bool overwrite);

struct PostTrainingResult {
  train::Accuracy accuracy;  ///< of the integer network
  int64_t images = 0;        ///< calibrated on
};

/// Quantizes the float weights of recipe.init and leaves config.toml, last.pt, model.safetensors
/// and report.html in the folder; one that is not empty is replaced with `overwrite`. Of several
/// ranks each makes the same call, and the first one alone writes: it is the last to return, as it
/// makes the report. Throws Error.
PostTrainingResult quantize_into(const RunFolder& folder, const Recipe& recipe,
                                 const PostTraining& post_training, const Images& images,
                                 int threads, bool overwrite, Communicator& ranks,
                                 const OnProgress& on_progress);

/// Leaves the float network of recipe.init in the folder, and replaces what is there: config.toml,
/// last.pt and report.html. Its accuracy. Throws Error.
train::Accuracy leave_float_network(const RunFolder& folder, const Recipe& recipe,
                                    const PostTraining& post_training, const Images& images,
                                    int threads, const OnProgress& on_progress);

}  // namespace floatsd::app
