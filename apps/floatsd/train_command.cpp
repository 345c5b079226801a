// floatsd train: from a config to a trained, converted, verified network in a run folder.

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "config_file.h"
#include "console.h"
#include "exit_code.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/convert/verify.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/pytorch_state_dict.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/evaluate.h"
#include "interrupt.h"
#include "peak_memory.h"
#include "recipe.h"
#include "run_folder.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

struct TrainFlags {
  SharedFlags shared;
  Recipe recipe;
  std::string config, output;
  bool resume = false, overwrite = false, skip_eval = false, print_config = false;
};

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

/// A training with its data, its network and its place in the run folder.
class Run {
 public:
  Run(const TrainFlags& flags, int threads)
      : flags_(flags),
        threads_(threads),
        folder_(flags.output),
        spec_(network_spec(flags.recipe)),
        train_set_(load_train_set()),
        test_set_(load(flags.shared, flags.recipe.dataset, data::Part::kTest)) {
    load_teacher();
    torch::manual_seed(flags.recipe.options.seed);
    graph_.emplace(train::make_graph(spec_));
    make_trainer(train::StartOfDigits::kDrawn);
  }

  /// Takes the network's place: from the folder, from --init, or from scratch.
  void begin() {
    if (flags_.resume && std::filesystem::exists(folder_.last())) {
      resume();
      return;
    }
    if (!flags_.recipe.init.empty()) {
      train::load_float_weights(*graph_, flags_.recipe.init);
      make_trainer(train::StartOfDigits::kWeights);
    }
    if (flags_.overwrite) {
      folder_.clear();
    }
    folder_.begin(to_toml(flags_.recipe));
  }

  /// All epochs that are left. Throws Interrupted after saving.
  void train() {
    const InterruptGuard interrupt;
    while (!trainer_->done()) {
      const train::EpochResult epoch = run_epoch(interrupt);
      if (!epoch.finished) {
        save(epoch.phase, folder_.last());
        throw Interrupted(interrupt.signal(),
                          "interrupted in epoch " + std::to_string(epoch.epoch + 1) + "; " +
                              folder_.last().string() + " is saved, --resume goes on from there");
      }
      finish(epoch);
    }
  }

  /// Evaluates, converts and verifies the network of the last epoch; the object of --json.
  ordered_json ship() {
    graph_->set_pass(qat::evaluation_pass(trainer_->phase()));
    ordered_json result;
    result["accuracy"] = nullptr;
    result["converted_accuracy"] = nullptr;
    result["mismatches"] = nullptr;
    result["images_per_second"] = seconds_ > 0 ? ordered_json(images_ / seconds_) : nullptr;
    result["correct"] = nullptr;
    result["total"] = test_set_.count;
    if (spec_.qconfig.rules.empty()) {
      ship_float(result);
    } else {
      ship_integer(result);
    }
    result["peak_memory_mb"] = peak_memory_mb();
    result["epoch"] = "last";
    result["output"] = folder_.path().string();
    return result;
  }

 private:
  data::Dataset load_train_set() const {
    data::Dataset all = load(flags_.shared, flags_.recipe.dataset, data::Part::kTrain);
    return flags_.recipe.limit > 0 ? data::first(std::move(all), flags_.recipe.limit)
                                   : std::move(all);
  }

  void load_teacher() {
    if (!flags_.recipe.teacher.empty()) {
      teacher_.emplace(train::make_graph({.network = flags_.recipe.network}));
      train::load_float_weights(*teacher_, flags_.recipe.teacher);
    }
  }

  void make_trainer(train::StartOfDigits start) {
    train::TrainOptions options = flags_.recipe.options;
    options.update.single_trigger.start = start;
    trainer_.emplace(*graph_, train_set_, options, teacher_ ? &*teacher_ : nullptr);
  }

  void resume() {
    folder_.require_same_config(to_toml(flags_.recipe));
    const train::Checkpoint checkpoint = train::load_checkpoint(folder_.last());
    train::load_state(*graph_, checkpoint);
    trainer_->load_state({checkpoint.trainer, folder_.last().string() + ": trainer"});
    metrics_ = folder_.read_metrics(trainer_->epoch());
    say("resuming in epoch " + std::to_string(trainer_->epoch() + 1) + " of " +
        std::to_string(flags_.recipe.options.epochs));
  }

  train::EpochResult run_epoch(const InterruptGuard& interrupt) {
    const int epochs = flags_.recipe.options.epochs;
    ProgressBar bar("epoch " + std::to_string(trainer_->epoch() + 1) + "/" + std::to_string(epochs),
                    train_set_.count);
    const train::EpochResult epoch = trainer_->run_epoch([&](const train::Progress& progress) {
      bar.update(progress.images, "loss " + format("%.4f", progress.loss));
      return interrupt.signal() == 0;
    });
    images_ += static_cast<double>(epoch.images);
    seconds_ += epoch.seconds;
    return epoch;
  }

  /// Evaluates an epoch's network as it would ship, reports it and saves it.
  void finish(const train::EpochResult& epoch) {
    ordered_json line;
    line["epoch"] = epoch.epoch + 1;
    line["phase"] = qat::to_string(epoch.phase);
    line["learning_rate"] = epoch.learning_rate;
    line["loss"] = epoch.loss;
    std::string text = "epoch " + std::to_string(epoch.epoch + 1) + "/" +
                       std::to_string(flags_.recipe.options.epochs) + "  " +
                       qat::to_string(epoch.phase) + "  lr " + format("%.5f", epoch.learning_rate) +
                       "  loss " + format("%.4f", epoch.loss);
    bool is_best = false;
    if (!flags_.skip_eval) {
      graph_->set_pass(qat::evaluation_pass(epoch.phase));
      const train::Accuracy accuracy = train::evaluate(*graph_, test_set_);
      is_best = accuracy.correct > best_correct();
      line["accuracy"] = accuracy.percent();
      line["correct"] = accuracy.correct;
      line["total"] = accuracy.total;
      text += "  accuracy " + accuracy_text(accuracy.correct, accuracy.total);
    }
    const double rate = static_cast<double>(epoch.images) / epoch.seconds;
    const double waited = 100 * epoch.waited_seconds / epoch.seconds;
    line["images_per_second"] = rate;
    line["waited_percent"] = waited;
    say(text + "  " + format("%.0f images/s", rate) + "  " + format("waits %.1f %%", waited));
    metrics_.push_back(std::move(line));
    folder_.write_metrics(metrics_);
    if (is_best) {
      save(epoch.phase, folder_.best());
    }
    save(epoch.phase, folder_.last());
  }

  [[nodiscard]] int64_t best_correct() const {
    int64_t best = -1;
    for (const ordered_json& epoch : metrics_) {
      best = std::max(best, epoch.value("correct", int64_t{-1}));
    }
    return best;
  }

  void save(qat::Phase phase, const std::filesystem::path& path) const {
    train::Checkpoint checkpoint = train::make_checkpoint(spec_, *graph_, phase);
    checkpoint.trainer = trainer_->state();
    train::save_checkpoint(checkpoint, path);
  }

  void ship_float(ordered_json& result) {
    if (flags_.skip_eval) {
      return;
    }
    const train::Accuracy accuracy = train::evaluate(*graph_, test_set_);
    result["accuracy"] = accuracy.percent();
    result["correct"] = accuracy.correct;
    say("float network, last epoch: " + accuracy_text(accuracy.correct, accuracy.total));
  }

  void ship_integer(ordered_json& result) {
    runtime::Program program = convert::to_program(*graph_);
    runtime::save_model(program, folder_.model());
    if (emit::fits_pytorch(program)) {
      emit::write_pytorch_state_dict(program, folder_.state_dict());
    } else {
      say("model.pt is not written: PyTorch's qint8 does not hold these levels");
    }
    if (flags_.skip_eval) {
      return;
    }
    const convert::Verification checked =
        convert::verify(*graph_, runtime::Interpreter(std::move(program)), test_set_, threads_);
    result["accuracy"] = train::Accuracy{checked.prepared_correct, checked.images}.percent();
    result["converted_accuracy"] =
        train::Accuracy{checked.integer_correct, checked.images}.percent();
    result["mismatches"] = checked.mismatches();
    result["correct"] = checked.integer_correct;
    say("integer network, last epoch: " + accuracy_text(checked.integer_correct, checked.images) +
        ", " + std::to_string(checked.mismatches()) + " mismatches with the prepared network");
    if (checked.mismatches() != 0) {
      throw Unmet("the integer network differs from the prepared one; please report this");
    }
  }

  const TrainFlags& flags_;
  int threads_;
  RunFolder folder_;
  train::NetworkSpec spec_;
  data::Dataset train_set_;
  data::Dataset test_set_;
  std::optional<nn::Graph> graph_;
  std::optional<nn::Graph> teacher_;
  std::optional<train::Trainer> trainer_;
  std::vector<ordered_json> metrics_;
  double images_ = 0;   // trained on by this process,
  double seconds_ = 0;  // and how long that took
};

void check_output(TrainFlags& flags) {
  if (flags.output.empty() && !flags.config.empty()) {
    flags.output = "runs/" + std::filesystem::path(flags.config).stem().string();
  }
  if (flags.output.empty()) {
    throw Error("train: --output DIR is needed (without --config there is no name to take)");
  }
  const RunFolder folder(flags.output);
  if (!flags.resume && !flags.overwrite) {
    folder.require_empty();
  }
  if (flags.overwrite) {
    folder.require_apart_from(flags.recipe.init);
  }
}

void run_train(CLI::App& command, TrainFlags& flags) {
  if (flags.resume && flags.config.empty() && !flags.output.empty() &&
      std::filesystem::exists(RunFolder(flags.output).config())) {
    flags.config = RunFolder(flags.output).config().string();
  }
  if (!flags.config.empty()) {
    apply_config_file(command, flags.config);
  }
  if (flags.print_config) {
    std::cout << to_toml(flags.recipe);
    return;
  }
  if (flags.skip_eval && flags.shared.expect_accuracy) {
    throw Error("train: --skip-eval leaves no accuracy for --expect-accuracy; give one of them");
  }
  check_output(flags);
  train::check(flags.recipe.options);
  Run run(flags, apply(flags.shared));
  run.begin();
  run.train();
  const ordered_json result = run.ship();
  say("written to " + flags.output);
  print_json(flags.shared, result);
  if (result["accuracy"].is_number()) {
    check_expectation(
        flags.shared,
        result[result["converted_accuracy"].is_null() ? "accuracy" : "converted_accuracy"]);
  }
}

}  // namespace

void add_train_command(CLI::App& app) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App* command = app.add_subcommand(
      "train", "Train a network, quantization-aware where --weights gives rules");
  command->footer(R"(
Every flag may stand in the config file, without its dashes; the command line wins.
Writes to the output folder: config.toml, metrics.jsonl (a line an epoch), last.pt, best.pt,
and for a quantized network model.safetensors and model.pt, both of the last epoch.

  floatsd train --config configs/mnist-lenet-float32.toml --output runs/fp32
  floatsd train --config configs/mnist-lenet-floatsd4-retrain.toml --init runs/fp32/last.pt)");
  command->add_option("--config", flags->config, "TOML file with flags (configs/)")
      ->configurable(false);
  command->add_option("--output", flags->output,
                      "Folder for the run (default: runs/ and the config's name)");
  add_network_flags(*command, flags->recipe);
  add_training_flags(*command, flags->recipe);
  add_data_flags(*command, flags->shared);
  command->add_flag("--resume", flags->resume,
                    "Go on with the run in the output folder, from its last checkpoint");
  command->add_flag("--overwrite", flags->overwrite, "Replace the run in the output folder")
      ->excludes("--resume");
  command->add_flag("--skip-eval", flags->skip_eval, "Train and convert only");
  command->add_flag("--print-config", flags->print_config, "Print what would run, and end")
      ->configurable(false);
  add_expectation_flag(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([command, flags] { run_train(*command, *flags); });
}

}  // namespace floatsd::app
