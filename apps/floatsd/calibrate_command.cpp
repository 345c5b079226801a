// floatsd calibrate: post-training quantization of a float network.

#include <ATen/ATen.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <memory>
#include <sstream>
#include <string>

#include "commands.h"
#include "config_file.h"
#include "console.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/qat/calibrate.h"
#include "floatsd/qat/correct_bias.h"
#include "floatsd/qat/equalize.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/evaluate.h"
#include "recipe.h"
#include "run_folder.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

struct CalibrateFlags {
  SharedFlags shared;
  Recipe recipe;
  std::string weights_file, config, output;
  std::string method;  ///< empty: the recipe's activation observer
  qat::CalibrateOptions options;
  bool equalize = false, correct_bias = false;
  bool overwrite = false;
};

/// From the float network to the quantized one.
void quantize(nn::Graph& graph, const data::Dataset& images, const CalibrateFlags& flags) {
  if (flags.equalize) {
    qat::equalize(graph);
  }
  qat::calibrate(graph, images, flags.options);
  if (flags.correct_bias) {
    qat::correct_bias(graph, images, flags.options);
  }
}

std::string to_toml(const CalibrateFlags& flags) {
  const qat::CalibrateOptions& options = flags.options;
  const auto text = [](bool is_on) { return is_on ? "true\n" : "false\n"; };
  std::ostringstream out;
  out << to_toml(flags.recipe);
  out << "method = " << std::quoted(qat::to_string(options.method)) << '\n';
  out << "percentile = " << options.percentile << '\n';
  out << "images = " << options.images << '\n';
  out << "equalize = " << text(flags.equalize);
  out << "correct-bias = " << text(flags.correct_bias);
  return out.str();
}

void run_calibrate(CLI::App& command, CalibrateFlags& flags) {
  if (!flags.config.empty()) {
    apply_config_file(command, flags.config);
  }
  const train::NetworkSpec spec = network_spec(flags.recipe);
  if (spec.qconfig.rules.empty()) {
    throw Error("calibrate: no --weights rules, nothing would be quantized");
  }
  flags.options.method = qat::parse_calibration_method(
      flags.method.empty() ? flags.recipe.activation_observer : flags.method);
  qat::check(flags.options);
  const RunFolder folder(flags.output);
  if (!flags.overwrite) {
    folder.require_empty();
  }
  folder.require_apart_from(flags.weights_file);
  apply(flags.shared);
  nn::Graph graph = train::make_graph(spec);
  train::load_float_weights(graph, flags.weights_file);
  const data::Dataset train_set = load(flags.shared, flags.recipe.dataset, data::Part::kTrain);
  const data::Dataset test_set = load(flags.shared, flags.recipe.dataset, data::Part::kTest);

  const train::Accuracy before = train::evaluate(graph, test_set);
  quantize(graph, train_set, flags);
  const int64_t images = std::min(flags.options.images, train_set.count);
  const train::Accuracy after = train::evaluate(graph, test_set);
  const runtime::Program program = convert::to_program(graph);

  flags.recipe.init = flags.weights_file;
  if (flags.overwrite) {
    folder.clear();
  }
  folder.begin(to_toml(flags));
  train::save_checkpoint(train::make_checkpoint(spec, graph, qat::Phase::kRangesFrozen),
                         folder.last());
  runtime::save_model(program, folder.model());

  say("float32 network:        " + accuracy_text(before.correct, before.total));
  say("calibrated on " + std::to_string(images) +
      " images: " + accuracy_text(after.correct, after.total));
  say("written to " + flags.output);
  print_json(flags.shared, {{"float_accuracy", before.percent()},
                            {"accuracy", after.percent()},
                            {"correct", after.correct},
                            {"total", after.total},
                            {"images", images},
                            {"output", flags.output}});
  check_expectation(flags.shared, after.percent());
}

/// A training's config serves here too: what only training reads is taken, and not shown.
void accept_training_flags(CLI::App& command, Recipe& recipe) {
  const auto shown = command.get_options();
  add_training_flags(command, recipe);
  for (CLI::Option* option : command.get_options()) {
    if (std::find(shown.begin(), shown.end(), option) == shown.end()) {
      option->group("");
    }
  }
}

}  // namespace

void add_calibrate_command(CLI::App& app) {
  auto flags = std::make_shared<CalibrateFlags>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Quantize a trained float network without training, and report its accuracy");
  command->footer(R"(
Observes ranges on training images, quantizes, and evaluates before and after. Writes config.toml,
last.pt and model.safetensors. To bring the accuracy back, train on from the float network:

  floatsd calibrate runs/fp32/last.pt --config configs/mnist-lenet-floatsd4.toml --output runs/ptq
  floatsd train --config configs/mnist-lenet-floatsd4-retrain.toml --init runs/fp32/last.pt)");
  command
      ->add_option("weights-file", flags->weights_file,
                   "Float weights: a checkpoint, or a state dict of torch.save")
      ->required()
      ->configurable(false);
  command->add_option("--config", flags->config, "TOML file with flags, as for train")
      ->configurable(false);
  command->add_option("--output", flags->output, "Folder for what is written")->required();
  add_network_flags(*command, flags->recipe);
  accept_training_flags(*command, flags->recipe);
  command->add_option("--images", flags->options.images, "Training images to observe, the first N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--method", flags->method,
                      "How an activation's range is chosen: moving-average or min-max of the "
                      "batches, percentile or mse (least squared error) of a histogram (default: "
                      "what --activation-observer says)");
  command
      ->add_option("--percentile", flags->options.percentile,
                   "Percentage of the values that --method percentile keeps, counted from each end")
      ->capture_default_str();
  command->add_flag("--equalize", flags->equalize,
                    "First make channels alike from layer to layer (cross-layer equalization)");
  command->add_flag("--correct-bias", flags->correct_bias,
                    "At last take what rounded weights add on average out of the biases");
  command->add_flag("--overwrite", flags->overwrite, "Replace what is in the output folder");
  add_data_flags(*command, flags->shared);
  add_expectation_flag(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([command, flags] { run_calibrate(*command, *flags); });
}

}  // namespace floatsd::app
