#include "floatsd/workflow/training.h"

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "data/class_names.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/passes/phases.h"

namespace floatsd::workflow {
namespace {

/// Whether they say no more than the labels do, as MNIST's.
bool are_numbers(const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] != std::to_string(i)) {
      return false;
    }
  }
  return true;
}

/// The network's outputs take the names of the images' classes, unless the recipe names an
/// architecture FILE.json with names of its own.
train::NetworkSpec spec_for(const Recipe& recipe, const data::Dataset& images) {
  train::NetworkSpec spec = network_spec(recipe);
  std::vector<std::string>& names = spec.architecture.class_names;
  if (recipe.network.ends_with(".json") && !names.empty()) {
    data::check_class_names(images, names, recipe.network);
  } else if (std::ssize(images.class_names) == spec.architecture.classes() &&
             names != images.class_names) {
    names = are_numbers(images.class_names) ? std::vector<std::string>() : images.class_names;
  }
  return spec;
}

nn::Graph drawn_graph(const train::NetworkSpec& spec, uint64_t seed) {
  at::manual_seed(seed);
  return train::make_graph(spec);
}

}  // namespace

data::HeldOut training_part(data::Dataset training_images, const Recipe& recipe) {
  if (recipe.limit > 0) {
    training_images = data::first(std::move(training_images), recipe.limit);
  }
  if (recipe.validation > 0) {
    return data::hold_out(training_images, recipe.validation, recipe.options.seed);
  }
  return {.training = std::move(training_images)};
}

Training::Training(const Recipe& recipe, const TrainingImages& images,
                   std::optional<nn::Graph> teacher, Communicator* ranks)
    : recipe_(recipe),
      images_(images),
      spec_(spec_for(recipe, images.train.training)),
      teacher_(std::move(teacher)),
      graph_(drawn_graph(spec_, recipe.options.seed)),
      ranks_(ranks) {
  const data::Dataset& training = images.train.training;
  data::check_parts(training, images.test);
  data::check(recipe.options.augment, {training.channels, training.height, training.width});
  make_trainer(train::StartOfDigits::kDrawn);
}

train::WeightsOrigin Training::start_from(const train::WeightFile& weights) {
  train::WeightsOrigin origin = weights.load_into(graph_, recipe_.weights_from);
  make_trainer(train::StartOfDigits::kWeights);
  return origin;
}

void Training::resume(const train::Checkpoint& checkpoint, const std::string& where) {
  train::load_state(graph_, checkpoint);
  trainer_->load_state({checkpoint.trainer, where + ": trainer"});
}

train::EpochResult Training::run_epoch(const train::Trainer::OnStep& on_step) {
  return trainer_->run_epoch(on_step);
}

train::Accuracy Training::evaluate(quant::Pass phase, const OnProgress& on_progress) {
  const bool validates = recipe_.validation > 0;
  const data::Dataset& images = validates ? images_.train.validation : images_.test;
  const quant::Pass pass = passes::evaluation_pass(phase);
  return ranks_ != nullptr ? train::evaluate(graph_, images, pass, *ranks_, on_progress)
                           : train::evaluate(graph_, images, pass, on_progress);
}

train::Checkpoint Training::checkpoint(quant::Pass phase) const {
  train::Checkpoint checkpoint = train::make_checkpoint(spec_, graph_, phase);
  checkpoint.trainer = trainer_->state();
  return checkpoint;
}

Shipped Training::ship(bool evaluates, int threads, const OnProgress& on_progress) {
  Alone alone;
  Communicator& ranks = ranks_ != nullptr ? *ranks_ : alone;
  Shipped shipped;
  if (!recipe_.quantizes()) {
    if (evaluates) {
      shipped.accuracy = train::evaluate(
          graph_, images_.test, passes::evaluation_pass(trainer_->phase()), ranks, on_progress);
    }
    return shipped;
  }
  agree(ranks, [&] { shipped.program = convert::to_program(graph_); });
  if (evaluates) {
    shipped.verification = convert::verify(graph_, runtime::Interpreter(*shipped.program),
                                           images_.test, threads, ranks, on_progress);
    shipped.accuracy = {shipped.verification->prepared_correct, shipped.verification->images};
  }
  return shipped;
}

void Training::make_trainer(train::StartOfDigits start) {
  train::TrainOptions options = recipe_.options;
  options.update.single_trigger.start = start;
  trainer_ = std::make_unique<train::Trainer>(
      graph_, images_.train.training, options,
      train::TrainerParts{.teacher = teacher_ ? &*teacher_ : nullptr, .ranks = ranks_});
}

}  // namespace floatsd::workflow
