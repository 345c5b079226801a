#include "recipe.h"
#include "recipe_architecture.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>

#include "codebook_file.h"
#include "command_line.h"
#include "float_import.h"
#include "floatsd/core/error.h"
#include "hidden_flags.h"
#include "toml_file.h"

namespace floatsd::app {
namespace {

constexpr int64_t kMostPixels = 4096;  // a side

/// A flag whose values have names; `parse` and to_string know them.
template <typename Enum>
void add_named_option(CLI::App& command, const std::string& flag, Enum& value,
                      Enum (*parse)(std::string_view), const std::string& help) {
  command
      .add_option_function<std::string>(
          flag, [&value, parse](const std::string& name) { value = parse(name); }, help)
      ->default_str(to_string(value));
}

/// "none" alone takes the rules of a config back.
std::vector<std::string> without_none(const std::vector<std::string>& rules) {
  const std::string none = "none";
  if (rules == std::vector{none}) {
    return {};
  }
  if (std::find(rules.begin(), rules.end(), none) != rules.end()) {
    throw Error("weights: none beside rules, expected it alone");
  }
  return rules;
}

void add_schedule_flags(CLI::App& command, train::LrSchedule& schedule) {
  command.add_option("--lr", schedule.peak, "Learning rate: the largest, after the warm-up")
      ->capture_default_str();
  add_named_option(command, "--sched", schedule.curve, train::parse_lr_curve,
                   "How the learning rate moves: cosine (falls to 0), one-cycle (rises, then falls "
                   "to almost 0), or step (falls by --decay-rate every --decay-epochs)");
  command
      .add_option("--warmup-epochs", schedule.warmup_epochs,
                  "Epochs, or a part of one, in which it rises along a line; not with one-cycle")
      ->capture_default_str();
  command.add_option("--decay-epochs", schedule.decay_epochs, "Of --sched step")
      ->check(whole_number(1, kMostEpochs))
      ->capture_default_str();
  command.add_option("--decay-rate", schedule.decay_rate, "Of --sched step")->capture_default_str();
}

void add_sgd_flags(CLI::App& command, train::SgdOptions& sgd) {
  add_named_option(command, "--opt", sgd.kind, train::parse_sgd_kind,
                   "Gradient descent with nesterov or with plain momentum");
  command.add_option("--momentum", sgd.momentum, "Share of the velocity that a step keeps")
      ->capture_default_str();
  command.add_option("--weight-decay", sgd.weight_decay, "L2 penalty")->capture_default_str();
  add_named_option(command, "--weight-decay-on", sgd.weight_decay_on, train::parse_weight_decay_on,
                   "Which parameters it is for: all, or weights (no biases, no norms)");
}

void add_update_flags(CLI::App& command, Recipe& recipe) {
  train::UpdateOptions& update = recipe.options.update;
  add_named_option(command, "--update", update.kind, train::parse_update_kind,
                   "How a network without --weights keeps and moves its weights: float; "
                   "single-trigger (signed-digit groups, one of which moves a step); or "
                   "master-copy (floats, of which it computes with a rounded copy)");
  command
      .add_option_function<std::string>(
          "--digits",
          [&update](const std::string& name) { update.digits = &find_digit_form(name); },
          "Weights of --update single-trigger and master-copy: floatsd4 or floatsd8")
      ->default_str(update.digits->name);
  add_named_option(command, "--trigger", update.single_trigger.trigger, parse_trigger,
                   "Smallest update that moves a digit group: half-digit, or digit");
  add_named_option(command, "--carry", update.single_trigger.carry, parse_carry,
                   "Of a full digit group: wrap (as the FloatSD package), or exact");
  add_named_option(command, "--master", update.master, train::parse_master_precision,
                   "Of --update master-copy: float32 or float16");
  command
      .add_option("--activations", recipe.activations,
                  "Round each layer's input in a network without --weights: float32 (not), "
                  "fp8-1-5-2, fp8-1-4-3, fp8-e4m3 or fp8-e5m2")
      ->capture_default_str();
  command
      .add_option("--gradients", recipe.gradients,
                  "Round the gradient of each layer's sums there: the same choices")
      ->capture_default_str();
  command
      .add_option("--sums", recipe.sums,
                  "Add products there, forward and backward, in float32 or in float16 (slower)")
      ->capture_default_str();
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

void add_augment_flags(CLI::App& command, data::Augment& augment) {
  command
      .add_option("--crop-padding", augment.crop_padding,
                  "Train on random crops of images with so many zero pixels on each side")
      ->check(whole_number(0, kMostPixels))
      ->capture_default_str();
  command.add_flag("--hflip,!--no-hflip", augment.flip,
                   "Train on images of which half, drawn at random, are mirrored");
  command
      .add_option("--cutout", augment.cutout,
                  "Train on images in which a square of so many pixels a side is 0")
      ->check(whole_number(0, kMostPixels))
      ->capture_default_str();
}

void add_teacher_flags(CLI::App& command, Recipe& recipe) {
  train::Distillation& distillation = recipe.options.distillation;
  command.add_option("--teacher", recipe.teacher,
                     "Float weights of the same network, whose answers are a second target "
                     "(distillation): a checkpoint, or a state dict");
  command.add_option("--teacher-from", recipe.teacher_from,
                     "Of the teacher's file what --weights-from is of --init's");
  command
      .add_option("--teacher-share", distillation.share,
                  "Of the teacher's target in the loss; the labels have the rest")
      ->capture_default_str();
  command
      .add_option("--temperature", distillation.temperature,
                  "By which the logits of both are divided for it")
      ->capture_default_str();
}

void add_phase_flags(CLI::App& command, train::TrainOptions& options) {
  qat::PhaseSchedule& phases = options.phases;
  command
      .add_option(
          "--float-epochs", phases.float_epochs,
          "Epochs at the beginning that train in float; those between the phases named here "
          "and below are quantized")
      ->check(whole_number(0, kMostEpochs))
      ->capture_default_str();
  command
      .add_option("--observe-epochs", phases.observe_epochs,
                  "Epochs after those that train in float while ranges are observed")
      ->check(whole_number(0, kMostEpochs))
      ->capture_default_str();
  command
      .add_option("--freeze-batch-norm-epochs", phases.batch_norm_freeze_epochs,
                  "Epochs before the last ones that normalize by the running statistics")
      ->check(whole_number(0, kMostEpochs))
      ->capture_default_str();
  command
      .add_option("--freeze-epochs", phases.freeze_epochs,
                  "Epochs at the end that train with frozen ranges and batch norm: on the integer "
                  "network's own numbers")
      ->check(whole_number(0, kMostEpochs))
      ->capture_default_str();
  command
      .add_option("--freeze-lr", options.frozen_rate,
                  "Largest learning rate while batch norm is frozen, where higher ones diverge")
      ->capture_default_str();
}

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

void write_phases(std::ostream& out, const train::TrainOptions& options) {
  const qat::PhaseSchedule& phases = options.phases;
  out << "float-epochs = " << phases.float_epochs << '\n';
  out << "observe-epochs = " << phases.observe_epochs << '\n';
  out << "freeze-batch-norm-epochs = " << phases.batch_norm_freeze_epochs << '\n';
  out << "freeze-epochs = " << phases.freeze_epochs << '\n';
  out << "freeze-lr = " << options.frozen_rate << '\n';
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

void write_augment(std::ostream& out, const data::Augment& augment) {
  out << "crop-padding = " << augment.crop_padding << '\n';
  out << "hflip = " << (augment.flip ? "true" : "false") << '\n';
  out << "cutout = " << augment.cutout << '\n';
}

}  // namespace

void add_network_flags(CLI::App& command, Recipe& recipe) {
  command.add_option("--dataset", recipe.dataset, dataset_help())->capture_default_str();
  add_resize_flag(command, recipe.resize);
  command.add_option(
      "--network", recipe.network,
      "lenet, mobilenetv2, mobilenetv2-shortcut or resnet20, the latter three with "
      "options as in mobilenetv2:width=0.5:relu6; an architecture FILE.json "
      "(docs/architecture.md); or a checkpoint, whose architecture is taken (default: "
      "that of the weights to start from if they are such a checkpoint's, else lenet)");
  add_normalization_flags(command, recipe.mean, recipe.deviation);
  add_weights_from_flag(command, recipe.weights_from);
  command
      .add_option_function<std::vector<std::string>>(
          "--weights",
          [&recipe](const std::vector<std::string>& rules) {
            recipe.weights = without_none(rules);
          },
          "Quantization rules PATTERN=FORMAT:GRANULARITY[:SCALE], the last match wins; PATTERN is "
          "conv, depthwise, linear, first, last or a glob over layer names, FORMAT one of "
          "`floatsd formats` or a file CODEBOOK.json, GRANULARITY per-channel or per-tensor, SCALE "
          "by the weights: max (if none is said), percentile (99.9), mse (least squared error) or "
          "learned. No rule, or none: float32")
      ->transform(with_codebook_file)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option(
          "--weight-observer", recipe.weight_observer,
          "How a weight's range follows it: latest (its range at each step), moving-average, "
          "peak or min-max; auto is latest if a batch norm is folded into the weight, "
          "else moving-average")
      ->capture_default_str();
  command
      .add_option(
          "--activation-observer", recipe.activation_observer,
          "How an activation's range follows its batches: peak (grows with them at once, "
          "shrinks by a hundredth of the difference), moving-average (follows by a "
          "hundredth either way, as the FloatSD package does: too slow for the first steps "
          "of a training), min-max, latest, or learned (from the first quantized batch on; "
          "weight decay on all draws it in). For some, PATTERN=METHOD, the last match wins; "
          "PATTERN as of --weights, or add or average-pool")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->default_str(recipe.activation_observer.front());
  command
      .add_option("--activation-scheme", recipe.activation_scheme,
                  "Where the value 0 lies among the 8-bit codes of activations and input: affine "
                  "(where the range wants it), or symmetric (in the middle, at the lowest code "
                  "where nothing is negative; not with learned ranges)")
      ->capture_default_str();
  command
      .add_option("--scales", recipe.scales,
                  "Scales of weights, activations and input: any, or power-of-two (requantization "
                  "is then a shift)")
      ->capture_default_str();
}

void add_training_flags(CLI::App& command, Recipe& recipe) {
  train::TrainOptions& options = recipe.options;
  command.add_option("--init", recipe.init,
                     "Weights to start from: a checkpoint, or a state dict (torch.save, "
                     "safetensors, .npz), quantized or not");
  command.add_option("--epochs", options.epochs, "Passes over the training images")
      ->check(whole_number(1, kMostEpochs))
      ->capture_default_str();
  command.add_option("--batch-size", options.batch_size, "Images a step")
      ->check(whole_number(1, kLargestBatch))
      ->capture_default_str();
  add_schedule_flags(command, options.schedule);
  add_sgd_flags(command, options.sgd);
  add_update_flags(command, recipe);
  add_augment_flags(command, options.augment);
  command
      .add_option("--smoothing", options.label_smoothing,
                  "Share of the target that is spread over all classes")
      ->capture_default_str();
  command
      .add_option("--ema-decay", options.ema_decay,
                  "Evaluate, save and ship a moving average of the network that forgets so slowly, "
                  "0.999 for instance (0: the network itself)")
      ->capture_default_str();
  add_teacher_flags(command, recipe);
  add_phase_flags(command, options);
  command
      .add_option("--workers", options.workers,
                  "Threads that load and augment images (a run does not change with them)")
      ->check(whole_number(1, kMostThreads))
      ->capture_default_str();
  command
      .add_option("--seed", options.seed, "Of the initial weights and of the order of the images")
      ->check(whole_number(0, kLargestSeed))
      ->capture_default_str();
  command.add_option("--limit", recipe.limit, "Train on the first N images only (0: all)")
      ->check(whole_number(0, kMostImages))
      ->capture_default_str();
  command
      .add_option("--validation", recipe.validation,
                  "Hold out N of the training images, drawn by --seed, and choose best.pt by them "
                  "(0: by the test images)")
      ->check(whole_number(0, kMostImages))
      ->capture_default_str();
}

std::vector<std::string> accept_training_flags(CLI::App& command, Recipe& recipe) {
  const auto shown = command.get_options();
  add_training_flags(command, recipe);
  std::vector<CLI::Option*> hidden;
  std::vector<std::string> names;
  for (CLI::Option* option : command.get_options()) {
    if (std::find(shown.begin(), shown.end(), option) == shown.end()) {
      hidden.push_back(option);
      names.push_back(option->get_lnames().front());
    }
  }
  hide(command, hidden);
  return names;
}

DatasetFlags dataset_flags(const Recipe& recipe) { return {recipe.dataset, recipe.resize}; }

train::NetworkSpec network_spec(const Recipe& recipe) {
  train::NetworkSpec spec{.architecture = architecture_of(recipe)};
  for (const std::string& rule : recipe.weights) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rule));
  }
  spec.qconfig.weight_observer = quant::parse_weight_observer(recipe.weight_observer);
  for (const std::string& rule : recipe.activation_observer) {
    spec.qconfig.activation_observers.push_back(quant::parse_rule(rule, quant::parse_range_method));
  }
  spec.signals = {quant::parse_signal_format(recipe.activations),
                  quant::parse_signal_format(recipe.gradients), quant::parse_sums(recipe.sums)};
  spec.qconfig.activation_scheme = quant::parse_activation_scheme(recipe.activation_scheme);
  spec.qconfig.scales = quant::parse_scale_grid(recipe.scales);
  return spec;
}

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
