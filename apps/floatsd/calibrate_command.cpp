// floatsd calibrate: post-training quantization of a float network.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "config_file.h"
#include "console.h"
#include "core/counted.h"
#include "float_import.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"
#include "given_flags.h"
#include "in_file.h"
#include "option_group.h"
#include "post_training.h"
#include "ranks.h"
#include "recipe_options.h"
#include "run_folder.h"
#include "shared_flags.h"
#include "trained_on.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct CalibrateFlags {
  SharedFlags shared;
  Recipe recipe;
  std::string weights_file, config, output;
  PostTraining post_training;
  std::vector<std::string> of_training;  ///< flags that only a config may have
  bool overwrite = false, print_config = false;
};

/// A training's config may be given, and says then what has no effect; its flags may not.
std::vector<std::string> read_config(CLI::App& command, CalibrateFlags& flags) {
  std::set<std::string> given = given_flags(command);
  for (const std::string& flag : flags.of_training) {
    if (given.contains(flag)) {
      throw Error("calibrate: --" + flag + " is a flag of train, and calibrate trains nothing");
    }
  }
  std::vector<std::string> remarks;
  if (!flags.config.empty()) {
    remarks.push_back(apply_config_file(command, flags.config));
    train::check(flags.recipe.options);
  }
  given = given_flags(command);
  std::string unused;
  for (const std::string& flag : flags.of_training) {
    if (flag != "init" && given.contains(flag)) {
      unused += (unused.empty() ? "" : ", ") + flag;
    }
  }
  if (!unused.empty()) {
    remarks.push_back(flags.config + ": no effect in calibrate: " + unused);
  }
  std::erase(remarks, std::string());
  return remarks;
}

std::vector<std::string> prepare(CLI::App& command, CalibrateFlags& flags) {
  std::vector<std::string> remarks = read_config(command, flags);
  flags.recipe.init = flags.weights_file;
  inherit_dataset(command, flags.recipe, remarks);
  note_task(flags.shared, flags.recipe);
  inherit_architecture(flags.recipe);
  workflow::check(flags.post_training, flags.recipe);
  return remarks;
}

/// What is quantized, and with which images.
struct Inputs {
  nn::Graph float_network;
  Images images;
};

Inputs read_inputs(const CalibrateFlags& flags, Communicator& ranks) {
  std::optional<Inputs> inputs;
  agree(ranks, [&] {
    inputs.emplace(Inputs{float_graph(flags.recipe), load_images(flags.recipe, flags.shared)});
  });
  require_common(ranks, {{"recipe", to_toml(flags.post_training, flags.recipe)}});
  require_same_file(ranks, "weights file", flags.weights_file);
  require_same_images(ranks, "training images", inputs->images.train);
  require_same_images(ranks, "test images", inputs->images.test);
  return std::move(*inputs);
}

void run_calibrate(CLI::App& command, CalibrateFlags& flags, Communicator& ranks) {
  std::vector<std::string> remarks;
  agree(ranks, [&] { remarks = prepare(command, flags); });
  if (flags.print_config) {
    std::cout << to_toml(flags.post_training, flags.recipe);
    return;
  }
  flags.shared.threads = threads_of_rank(ranks, flags.shared.threads);
  int threads = 1;
  agree(ranks, [&] { threads = apply(flags.shared); });
  Inputs inputs = read_inputs(flags, ranks);
  const Images& images = inputs.images;
  const RunFolder folder(flags.output);
  agree(ranks, [&] { require_output(folder, flags.recipe, flags.overwrite); });
  const train::Accuracy before = in_file(flags.weights_file, [&] {
    return train::evaluate(inputs.float_network, images.test, quant::Pass::kFloat, ranks,
                           shown_progress("float32 network"));
  });
  const auto [after, observed] = quantize_into(folder, flags.recipe, flags.post_training, images,
                                               threads, flags.overwrite, ranks, shown_progress());
  for (const std::string& remark : remarks) {
    say(remark);
  }
  report(flags.shared, "float32 network: " + accuracy_text(before.correct, before.total));
  report(flags.shared, "calibrated on " + counted(observed, "image") + ": " +
                           accuracy_text(after.correct, after.total));
  if (train::WeightFile(flags.weights_file).was_trained_elsewhere()) {
    warn_near_chance(before, images.test.classes);
  }
  say("written to " + flags.output);
  print_json(flags.shared, {{"float_accuracy", before.percent()},
                            {"accuracy", after.percent()},
                            {"correct", after.correct},
                            {"total", after.total},
                            {"images", observed},
                            {"output", flags.output}});
  check_expectation(flags.shared, after.percent());
}

}  // namespace

void add_calibrate_command(CLI::App& app, Communicator& ranks) {
  auto flags = std::make_shared<CalibrateFlags>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Quantize a trained float network without training, and report its accuracy");
  command->footer(R"(
Observes ranges on training images, quantizes, and evaluates before and after. Writes config.toml,
last.pt, model.safetensors and report.html. To bring the accuracy back, train on from the float network:

  floatsd calibrate runs/fp32/last.pt --config configs/mnist-lenet-floatsd4.toml --output runs/ptq
  floatsd train --config configs/mnist-lenet-floatsd4-retrain.toml --init runs/fp32/last.pt)");
  command
      ->add_option("weights-file", flags->weights_file,
                   "Float weights: a checkpoint, or a state dict (torch.save, safetensors, .npz)")
      ->required()
      ->configurable(false)
      ->type_name(kFile);
  command->add_option("--config", flags->config, "TOML file with flags, as for train")
      ->configurable(false)
      ->type_name(kFile);
  command->add_option("--output", flags->output, "Folder for what is written")
      ->required()
      ->type_name(kFolder)
      ->group(group::kOutput);
  add_flags(*command, network_options(flags->recipe));
  flags->of_training = accept_training_flags(*command, flags->recipe);
  add_flags(*command, post_training_options(flags->post_training));
  command->add_flag("--print-config", flags->print_config, "Print what would run, and end")
      ->configurable(false)
      ->group(group::kOutput);
  command->add_flag("--overwrite", flags->overwrite, "Replace what is in the output folder")
      ->group(group::kOutput);
  add_data_flags(*command, flags->shared);
  add_expectation_flag(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([command, flags, &ranks] { run_calibrate(*command, *flags, ranks); });
}

}  // namespace floatsd::app
