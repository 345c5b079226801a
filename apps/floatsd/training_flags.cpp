#include "training_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "hidden_flags.h"
#include "recipe.h"

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
  passes::PhaseSchedule& phases = options.phases;
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

}  // namespace

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

}  // namespace floatsd::app
