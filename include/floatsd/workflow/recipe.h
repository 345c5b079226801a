#pragma once
// Recipe: everything that decides what a training computes. Images, network, quantization, options.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/data/dataset.h"
#include "floatsd/images/image.h"
#include "floatsd/nn/architecture.h"
#include "floatsd/quant/qconfig.h"
#include "floatsd/quant/signal_formats.h"
#include "floatsd/train/network_spec.h"
#include "floatsd/train/train_options.h"

namespace floatsd::workflow {

/// The images that a network is to tell apart, and how many classes.
struct Task {
  nn::InputSpec input;
  int64_t classes = 10;
  std::vector<std::string> class_names;
};

struct Recipe {
  std::string dataset = "mnist";            ///< as data::parse_source reads it
  std::optional<images::ImageSize> resize;  ///< nothing: images stay as they are
  std::optional<Task> task;  ///< what the data set asks of a network; nothing: what the zoo knows
  std::string network;       ///< a name of the zoo, FILE.json or a checkpoint; empty: lenet
  std::optional<nn::Architecture> architecture;  ///< in the place of what `network` names
  std::vector<double> mean, deviation;           ///< of the input; empty: the network's own
  quant::QConfig qconfig;                        ///< without rules it trains in float32
  quant::SignalFormats signals;                  ///< of a network without rules
  train::TrainOptions options;
  int64_t limit = 0;         ///< the first N training images; 0: all
  int64_t validation = 0;    ///< so many of these are held out and choose best.pt; 0: none
  std::string init;          ///< float weights to start from; empty: from scratch
  std::string weights_from;  ///< where in init they lie; empty: wherever they are
  std::string teacher;       ///< float weights of a teacher; empty: none
  std::string teacher_from;  ///< where in teacher they lie

  [[nodiscard]] bool quantizes() const { return !qconfig.rules.empty(); }
};

/// What the recipe names: recipe.network, or the name of the default.
std::string network_name(const Recipe& recipe);

/// That of recipe.architecture if it is set. Else of recipe.network: a name of the zoo, for the
/// images and classes of recipe.dataset (of those that the network is known for if that is empty);
/// FILE.json, an architecture; or a checkpoint of ours, its own. In all of them mean and deviation
/// replace the normalization. Throws Error on what is none of these, or if a number is out of
/// range.
nn::Architecture architecture_of(const Recipe& recipe);

/// How the network is made. Throws as architecture_of.
train::NetworkSpec network_spec(const Recipe& recipe);

/// Whether the images must be known before the network is: a network of the zoo for a data set that
/// it does not know (MNIST and CIFAR-10 it does).
bool needs_task(const Recipe& recipe);

/// What a data set asks of a network of the zoo, mean and deviation of its images included.
Task task_of(const data::Dataset& training_images);

/// If `path` is a checkpoint of ours: its architecture if the recipe names no network, and its
/// normalization if the recipe has none. Returns the checkpoint's architecture; nothing of other
/// files.
std::optional<nn::Architecture> inherit_architecture(const std::string& path, Recipe& recipe);

/// Whether recipe.network names another network than `theirs`: one whose nodes or image shape
/// differ. Not if it names none, or a file that is gone. Throws Error on a name that is unknown,
/// and on a file that is there and no architecture.
bool names_other_network(const Recipe& recipe, const nn::Architecture& theirs);

/// The architecture of the checkpoint that a run goes on with, whatever has become of the file that
/// the recipe names.
void resume_architecture(const std::string& checkpoint, Recipe& recipe);

}  // namespace floatsd::workflow
