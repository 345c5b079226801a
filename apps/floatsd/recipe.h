#pragma once
// Recipe: everything that decides what a training computes. It comes from flags (network_flags.h,
// training_flags.h) and goes into config.toml (recipe_toml.h).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/train/checkpoint.h"
#include "floatsd/train/trainer.h"
#include "shared_flags.h"

namespace floatsd::app {

/// The images that a network is to tell apart, and how many classes.
struct Task {
  nn::InputSpec input;
  int64_t classes = 10;
  std::vector<std::string> class_names;
};

struct Recipe {
  std::string dataset = "mnist";
  std::string resize;        ///< HEIGHTxWIDTH; empty: images stay as they are
  std::optional<Task> task;  ///< what the data set asks of a network; nothing: what the zoo knows
  std::string network;       ///< a name of the zoo, FILE.json or a checkpoint; empty: lenet
  std::optional<nn::Architecture> architecture;  ///< in the place of what `network` names
  std::vector<double> mean, deviation;           ///< of the input; empty: the network's own
  std::vector<std::string> weights;              ///< qconfig rules; none trains in float32
  std::string weight_observer = "auto";
  std::vector<std::string> activation_observer = {"peak"};                       ///< rules
  std::string activations = "float32", gradients = "float32", sums = "float32";  ///< without rules
  std::string activation_scheme = "affine";
  std::string scales = "any";
  train::TrainOptions options;
  int64_t limit = 0;         ///< the first N training images; 0: all
  int64_t validation = 0;    ///< so many of these are held out and choose best.pt; 0: none
  std::string init;          ///< float weights to start from; empty: from scratch
  std::string weights_from;  ///< where in init they lie; empty: wherever they are
  std::string teacher;       ///< float weights of a teacher; empty: none
  std::string teacher_from;  ///< where in teacher they lie
};

/// Which images are trained on.
DatasetFlags dataset_flags(const Recipe& recipe);

/// Throws Error where a name is unknown or a rule cannot be read.
train::NetworkSpec network_spec(const Recipe& recipe);

}  // namespace floatsd::app
