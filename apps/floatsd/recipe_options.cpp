#include "recipe_options.h"

#include <string>
#include <vector>

#include "codebook_file.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "hidden_flags.h"
#include "input_options.h"
#include "option_group.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

constexpr Bounds kImages = {0, kMostImages};
constexpr Bounds kPixels = {0, 4096};  // a side

/// "none" alone takes the rules of a config back.
std::vector<quant::QConfigRule> parse_weight_rules(const std::vector<std::string>& texts) {
  const std::string none = "none";
  if (texts == std::vector{none}) {
    return {};
  }
  std::vector<quant::QConfigRule> rules;
  for (const std::string& text : texts) {
    if (text == none) {
      throw Error("weights: none beside rules, expected it alone");
    }
    rules.push_back(quant::parse_qconfig_rule(with_codebook_file(text)));
  }
  return rules;
}

std::vector<std::string> texts_of(const std::vector<quant::QConfigRule>& rules) {
  std::vector<std::string> texts;
  for (const quant::QConfigRule& rule : rules) {
    texts.push_back(rule.pattern + "=" + to_string(rule.value));
  }
  return texts;
}

std::vector<std::string> texts_of(const std::vector<quant::Rule<quant::RangeMethod>>& rules) {
  if (rules.empty()) {
    return {to_string(quant::RangeMethod::kPeak)};
  }
  std::vector<std::string> texts;
  for (const auto& rule : rules) {
    texts.push_back(to_string(rule));
  }
  return texts;
}

std::string signal_name(const Minifloat* const& format) { return quant::to_string(format); }

const DigitForm* parse_digits(std::string_view name) { return &find_digit_form(name); }
std::string digits_name(const DigitForm* const& form) { return form->name; }

TableOption weights_option(quant::QConfig& qconfig) {
  return list_option(
      "weights",
      "Quantization rules PATTERN=FORMAT:GRANULARITY[:SCALE], the last match wins; PATTERN is "
      "conv, depthwise, linear, first, last or a glob over layer names, FORMAT one of "
      "`floatsd formats` or a file CODEBOOK.json, GRANULARITY per-channel or per-tensor, SCALE "
      "by the weights: max (if none is said), percentile (99.9), mse (least squared error) or "
      "learned. Without a rule, or with none as the only word, train and bench compute in float32",
      [&](const std::vector<std::string>& texts) { qconfig.rules = parse_weight_rules(texts); },
      [&] { return texts_of(qconfig.rules); }, OneText::kInBrackets);
}

TableOption activation_observer_option(quant::QConfig& qconfig) {
  const auto set = [&](const std::vector<std::string>& texts) {
    qconfig.activation_observers.clear();
    for (const std::string& text : texts) {
      qconfig.activation_observers.push_back(quant::parse_rule(text, quant::parse_range_method));
    }
  };
  return list_option(
      "activation-observer",
      "How an activation's range follows its batches: peak (grows with them at once, "
      "shrinks by a hundredth of the difference), moving-average (follows by a "
      "hundredth either way, as the FloatSD package does: too slow for the first steps "
      "of a training), min-max, latest, or learned (from the first quantized batch on; "
      "weight decay on all draws it in). For some, PATTERN=METHOD, the last match wins; "
      "PATTERN as of --weights, or add, concat, average-pool or norm",
      set, [&] { return texts_of(qconfig.activation_observers); }, OneText::kAlone,
      to_string(quant::RangeMethod::kPeak));
}

TableOption network_option(Recipe& recipe) {
  const std::string otherwise =
      recipe.network.empty() ? " (default: that of the weights to start from if they are such a "
                               "checkpoint's, else lenet)"
                             : "";
  TableOption option =
      text_option("network", recipe.network,
                  "lenet, mobilenetv2, mobilenetv2-shortcut or resnet20, the latter three with "
                  "options as in mobilenetv2:width=0.5:relu6; an architecture FILE.json "
                  "(docs/architecture.md); or a checkpoint, whose architecture is taken" +
                      otherwise);
  option.toml = [&recipe] { return toml_text(network_name(recipe)); };
  return of_type(one_of_or_file(models::network_names()), option);
}

OptionTable schedule_options(train::LrSchedule& schedule) {
  return {
      number_option("lr", schedule.peak, "Learning rate: the largest, after the warm-up"),
      of_type(one_of({"cosine", "one-cycle", "step"}),
              named_option(
                  "sched", schedule.curve, train::parse_lr_curve,
                  "How the learning rate moves: cosine (falls to 0), one-cycle (rises, then falls "
                  "to almost 0), or step (falls by --decay-rate every --decay-epochs)")),
      number_option("warmup-epochs", schedule.warmup_epochs,
                    "Epochs, or a part of one, in which it rises along a line; not with one-cycle"),
      count_option("decay-epochs", schedule.decay_epochs, {1, kMostEpochs}, "Of --sched step"),
      number_option("decay-rate", schedule.decay_rate, "Of --sched step"),
  };
}

OptionTable sgd_options(train::SgdOptions& sgd) {
  return {
      of_type(one_of({"nesterov", "momentum"}),
              named_option("opt", sgd.kind, train::parse_sgd_kind,
                           "Gradient descent with nesterov or with plain momentum")),
      number_option("momentum", sgd.momentum, "Share of the velocity that a step keeps"),
      number_option("weight-decay", sgd.weight_decay, "L2 penalty"),
      of_type(one_of({"all", "weights"}),
              named_option("weight-decay-on", sgd.weight_decay_on, train::parse_weight_decay_on,
                           "Which parameters it is for: all, or weights (no biases, no norms)")),
  };
}

OptionTable update_options(train::UpdateOptions& update) {
  return {
      of_type(one_of({"float", "single-trigger", "master-copy"}),
              named_option("update", update.kind, train::parse_update_kind,
                           "How a network without --weights keeps and moves its weights: float; "
                           "single-trigger (signed-digit groups, one of which moves a step); or "
                           "master-copy (floats, of which it computes with a rounded copy)")),
      of_type(one_of({"floatsd4", "floatsd8"}),
              named_option<const DigitForm*>(
                  "digits", update.digits, parse_digits,
                  "Weights of --update single-trigger and master-copy: floatsd4 or floatsd8",
                  digits_name)),
      of_type(one_of({"half-digit", "digit"}),
              named_option("trigger", update.single_trigger.trigger, parse_trigger,
                           "Smallest update that moves a digit group: half-digit, or digit")),
      of_type(one_of({"wrap", "exact"}),
              named_option("carry", update.single_trigger.carry, parse_carry,
                           "Of a full digit group: wrap (as the FloatSD package), or exact")),
      of_type(one_of({"float32", "float16"}),
              named_option("master", update.master, train::parse_master_precision,
                           "Of --update master-copy: float32 or float16")),
  };
}

OptionTable signal_options(quant::SignalFormats& signals) {
  return {
      of_type(one_of({"float32", "fp8-1-5-2", "fp8-1-4-3", "fp8-e4m3", "fp8-e5m2"}),
              named_option<const Minifloat*>(
                  "activations", signals.activations, quant::parse_signal_format,
                  "Round each layer's input in a network without --weights: float32 (not), "
                  "fp8-1-5-2, fp8-1-4-3, fp8-e4m3 or fp8-e5m2",
                  signal_name)),
      of_type(
          one_of({"float32", "fp8-1-5-2", "fp8-1-4-3", "fp8-e4m3", "fp8-e5m2"}),
          named_option<const Minifloat*>("gradients", signals.gradients, quant::parse_signal_format,
                                         "Round the gradient of each layer's sums in a network "
                                         "without --weights: the same choices",
                                         signal_name)),
      of_type(
          one_of({"float32", "float16"}),
          named_option(
              "sums", signals.sums, quant::parse_sums,
              "Add products in a network without --weights, forward and backward, in float32 or "
              "in float16 (slower)")),
  };
}

OptionTable augment_options(data::Augment& augment) {
  return {
      count_option("crop-padding", augment.crop_padding, kPixels,
                   "Train on random crops of images with so many zero pixels on each side"),
      switch_option("hflip", augment.flip,
                    "Train on images of which half, drawn at random, are mirrored"),
      count_option("cutout", augment.cutout, kPixels,
                   "Train on images in which a square of so many pixels a side is 0"),
  };
}

OptionTable teacher_options(Recipe& recipe) {
  train::Distillation& distillation = recipe.options.distillation;
  return {
      of_type(kFile,
              text_option("teacher", recipe.teacher,
                          "Float weights of the same network, whose answers are a second target "
                          "(distillation): a checkpoint, or a state dict")),
      text_option(
          "teacher-from", recipe.teacher_from,
          "Which of several sets of weights in the teacher's file to take, as --weights-from "
          "does for --init"),
      number_option("teacher-share", distillation.share,
                    "Of the teacher's target in the loss; the labels have the rest"),
      number_option("temperature", distillation.temperature,
                    "Divides the outputs of teacher and network before they are compared"),
  };
}

OptionTable phase_options(train::TrainOptions& options) {
  passes::PhaseSchedule& phases = options.phases;
  return {
      number_option(
          "float-epochs", phases.float_epochs,
          "Epochs at the beginning that train in float, or a part of one, as in the flags "
          "below; those in the middle are quantized"),
      number_option("observe-epochs", phases.observe_epochs,
                    "Epochs after those that train in float while ranges are observed"),
      number_option("freeze-batch-norm-epochs", phases.batch_norm_freeze_epochs,
                    "Epochs before the last ones that normalize by the running statistics"),
      number_option(
          "freeze-epochs", phases.freeze_epochs,
          "Epochs at the end that train with frozen ranges and batch norm: on the integer "
          "network's own numbers"),
      number_option("freeze-lr", options.frozen_rate,
                    "Largest learning rate while batch norm is frozen, where higher ones diverge"),
  };
}

/// A run does not change with it, so config.toml has no such line.
TableOption workers_option(int& workers) {
  TableOption option =
      count_option("workers", workers, {1, kMostThreads},
                   "Threads that load and augment images (a run does not change with them)");
  option.toml = [] { return std::string(); };
  return option;
}

OptionTable image_options(Recipe& recipe) {
  return {
      count_option("seed", recipe.options.seed, {0, kLargestSeed},
                   "Of the initial weights and of the order of the images"),
      count_option("limit", recipe.limit, kImages, "Train on the first N images only (0: all)"),
      count_option("validation", recipe.validation, kImages,
                   "Hold out N of the training images, drawn by --seed, and choose best.pt by them "
                   "(0: by the test images)"),
  };
}

}  // namespace

OptionTable network_options(Recipe& recipe) {
  quant::QConfig& qconfig = recipe.qconfig;
  OptionTable network_and_data = {
      dataset_option(recipe.dataset),
      resize_option(recipe.resize),
      network_option(recipe),
      mean_option(recipe.mean),
      deviation_option(recipe.deviation),
      weights_from_option(recipe.weights_from),
  };
  OptionTable quantization = {
      weights_option(qconfig),
      of_type(
          one_of({"auto", "latest", "moving-average", "peak", "min-max"}),
          named_option(
              "weight-observer", qconfig.weight_observer, quant::parse_weight_observer,
              "How a weight's range follows it: latest (its range at each step), "
              "moving-average, peak or min-max; auto is latest if a batch norm is folded into the "
              "weight, else peak, or moving-average for formats of three levels (int2)")),
      activation_observer_option(qconfig),
      of_type(one_of({"affine", "symmetric"}),
              named_option(
                  "activation-scheme", qconfig.activation_scheme, quant::parse_activation_scheme,
                  "Where the value 0 lies among the 8-bit codes of activations and input: affine "
                  "(where the range wants it), or symmetric (in the middle, at the lowest code "
                  "where nothing is negative; not with learned ranges)")),
      of_type(one_of({"any", "power-of-two"}),
              named_option(
                  "scales", qconfig.scales, quant::parse_scale_grid,
                  "Scales of weights, activations and input: any, or power-of-two (requantization "
                  "is then a shift)")),
  };
  return joined({in_group(group::kNetworkAndData, std::move(network_and_data)),
                 in_group(group::kQuantization, std::move(quantization))});
}

OptionTable training_options(Recipe& recipe) {
  train::TrainOptions& options = recipe.options;
  const TableOption init = text_option("init", recipe.init,
                                       "Weights to start from: a checkpoint, or a state dict "
                                       "(torch.save, safetensors, .npz), quantized or not");
  return joined({
      in_group(group::kNetworkAndData, {of_type(kFile, init)}),
      in_group(group::kSchedule,
               {count_option("epochs", options.epochs, {1, kMostEpochs},
                             "Passes over the training images"),
                count_option("batch-size", options.batch_size, {1, kLargestBatch}, "Images a step"),
                count_option("shards", options.shards, {1, kMostShards},
                             "Divide a step's images into so many shards (a "
                             "power of two): with 2 and more what is trained "
                             "does not depend on the number of threads and of "
                             "ranks")}),
      in_group(group::kSchedule, schedule_options(options.schedule)),
      in_group(group::kSchedule, sgd_options(options.sgd)),
      in_group(group::kQuantization, update_options(options.update)),
      in_group(group::kQuantization, signal_options(recipe.signals)),
      in_group(group::kAugmentation, augment_options(options.augment)),
      in_group(group::kSchedule,
               {number_option("smoothing", options.label_smoothing,
                              "Share of the target that is spread over all classes"),
                number_option("ema-decay", options.ema_decay,
                              "Evaluate, save and ship a moving average of the network that "
                              "forgets so slowly, 0.999 for instance (0: the network itself)")}),
      in_group(group::kSchedule, teacher_options(recipe)),
      in_group(group::kSchedule, phase_options(options)),
      {workers_option(options.workers)},
      in_group(group::kNetworkAndData, image_options(recipe)),
  });
}

std::vector<std::string> weight_rules(const Recipe& recipe) {
  return texts_of(recipe.qconfig.rules);
}

std::string to_toml(const Recipe& recipe) {
  Recipe copy = recipe;
  return to_toml(network_options(copy)) + to_toml(training_options(copy));
}

std::vector<std::string> accept_training_flags(CLI::App& command, Recipe& recipe) {
  const OptionTable table = training_options(recipe);
  add_flags(command, table);
  std::vector<CLI::Option*> hidden;
  for (const TableOption& option : table) {
    hidden.push_back(command.get_option("--" + option.name));
  }
  hide(hidden);
  return names_of(table);
}

}  // namespace floatsd::app
