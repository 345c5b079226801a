#include "recipe_toml.h"

#include <iomanip>
#include <limits>
#include <sstream>

#include "recipe.h"
#include "recipe_architecture.h"
#include "toml_file.h"

namespace floatsd::app {
namespace {

void write_numbers(std::ostream& out, const char* key, const std::vector<double>& values) {
  if (values.empty()) {
    return;
  }
  out << key << " = [";
  for (size_t i = 0; i < values.size(); ++i) {
    out << (i == 0 ? "" : ", ") << values[i];
  }
  out << "]\n";
}

void write_schedule(std::ostream& out, const train::LrSchedule& schedule) {
  out << "lr = " << schedule.peak << '\n';
  out << "sched = " << toml_text(to_string(schedule.curve)) << '\n';
  out << "warmup-epochs = " << schedule.warmup_epochs << '\n';
  out << "decay-epochs = " << schedule.decay_epochs << '\n';
  out << "decay-rate = " << schedule.decay_rate << '\n';
}

void write_sgd(std::ostream& out, const train::SgdOptions& sgd) {
  out << "opt = " << toml_text(to_string(sgd.kind)) << '\n';
  out << "momentum = " << sgd.momentum << '\n';
  out << "weight-decay = " << sgd.weight_decay << '\n';
  out << "weight-decay-on = " << toml_text(to_string(sgd.weight_decay_on)) << '\n';
}

void write_update(std::ostream& out, const Recipe& recipe) {
  const train::UpdateOptions& update = recipe.options.update;
  out << "update = " << toml_text(to_string(update.kind)) << '\n';
  out << "digits = " << toml_text(update.digits->name) << '\n';
  out << "trigger = " << toml_text(to_string(update.single_trigger.trigger)) << '\n';
  out << "carry = " << toml_text(to_string(update.single_trigger.carry)) << '\n';
  out << "master = " << toml_text(to_string(update.master)) << '\n';
  out << "activations = " << toml_text(recipe.activations) << '\n';
  out << "gradients = " << toml_text(recipe.gradients) << '\n';
  out << "sums = " << toml_text(recipe.sums) << '\n';
}

void write_augment(std::ostream& out, const data::Augment& augment) {
  out << "crop-padding = " << augment.crop_padding << '\n';
  out << "hflip = " << (augment.flip ? "true" : "false") << '\n';
  out << "cutout = " << augment.cutout << '\n';
}

void write_phases(std::ostream& out, const train::TrainOptions& options) {
  const passes::PhaseSchedule& phases = options.phases;
  out << "float-epochs = " << phases.float_epochs << '\n';
  out << "observe-epochs = " << phases.observe_epochs << '\n';
  out << "freeze-batch-norm-epochs = " << phases.batch_norm_freeze_epochs << '\n';
  out << "freeze-epochs = " << phases.freeze_epochs << '\n';
  out << "freeze-lr = " << options.frozen_rate << '\n';
}

}  // namespace

std::string toml_rules(const std::vector<std::string>& rules) {
  return rules.size() == 1 ? toml_text(rules.front()) : toml_list(rules);
}

std::string to_toml(const Recipe& recipe) {
  const train::TrainOptions& options = recipe.options;
  std::ostringstream out;
  out << std::setprecision(std::numeric_limits<double>::max_digits10);
  out << "dataset = " << toml_text(recipe.dataset) << '\n';
  if (!recipe.resize.empty()) {
    out << "resize = " << toml_text(recipe.resize) << '\n';
  }
  out << "network = " << toml_text(network_name(recipe)) << '\n';
  write_numbers(out, "mean", recipe.mean);
  write_numbers(out, "std", recipe.deviation);
  if (!recipe.weights.empty()) {
    out << "weights = " << toml_list(recipe.weights) << '\n';
  }
  out << "weight-observer = " << toml_text(recipe.weight_observer) << '\n';
  out << "activation-observer = " << toml_rules(recipe.activation_observer) << '\n';
  out << "activation-scheme = " << toml_text(recipe.activation_scheme) << '\n';
  out << "scales = " << toml_text(recipe.scales) << '\n';
  if (!recipe.init.empty()) {
    out << "init = " << toml_text(recipe.init) << '\n';
  }
  if (!recipe.weights_from.empty()) {
    out << "weights-from = " << toml_text(recipe.weights_from) << '\n';
  }
  out << "epochs = " << options.epochs << '\n';
  out << "batch-size = " << options.batch_size << '\n';
  write_schedule(out, options.schedule);
  write_sgd(out, options.sgd);
  write_update(out, recipe);
  write_augment(out, options.augment);
  out << "smoothing = " << options.label_smoothing << '\n';
  out << "ema-decay = " << options.ema_decay << '\n';
  if (!recipe.teacher.empty()) {
    out << "teacher = " << toml_text(recipe.teacher) << '\n';
  }
  if (!recipe.teacher_from.empty()) {
    out << "teacher-from = " << toml_text(recipe.teacher_from) << '\n';
  }
  out << "teacher-share = " << options.distillation.share << '\n';
  out << "temperature = " << options.distillation.temperature << '\n';
  write_phases(out, options);
  out << "seed = " << options.seed << '\n';
  out << "limit = " << recipe.limit << '\n';
  out << "validation = " << recipe.validation << '\n';
  return out.str();
}

}  // namespace floatsd::app
