#include "training_run.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "console.h"
#include "exit_code.h"
#include "float_import.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/convert/verify.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/pytorch_state_dict.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/evaluate.h"
#include "interrupt.h"
#include "other_epochs.h"
#include "peak_memory.h"
#include "recipe_toml.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

}  // namespace

TrainingRun::TrainingRun(const SharedFlags& shared, const RunOptions& options, int threads)
    : shared_(shared),
      options_(options),
      threads_(threads),
      folder_(options.output),
      spec_(network_spec(options.recipe)),
      train_sets_(load_train_sets()),
      test_set_(load(shared, dataset_flags(options.recipe), data::Part::kTest)),
      record_{.config = to_toml(options.recipe), .data = identity_of(train_sets_.training)} {
  const data::Dataset& training = train_sets_.training;
  data::check_parts(training, test_set_);
  data::check(options.recipe.options.augment, {training.channels, training.height, training.width});
  load_teacher();
  torch::manual_seed(options.recipe.options.seed);
  graph_.emplace(train::make_graph(spec_));
  make_trainer(train::StartOfDigits::kDrawn);
}

void TrainingRun::begin() {
  if (std::filesystem::exists(folder_.path())) {
    take_folder();
  }
  if (options_.resume && std::filesystem::exists(folder_.last())) {
    resume();
    return;
  }
  if (!options_.recipe.init.empty()) {
    start_from_weights();
  }
  if (!lock_) {
    take_folder();
  }
  replaces_ = options_.overwrite && !std::filesystem::is_empty(folder_.path());
  if (!replaces_) {
    folder_.begin(record_.config);
  }
}

void TrainingRun::start_from_weights() {
  const train::WeightsOrigin origin =
      import_weights(*graph_, options_.recipe.init, options_.recipe.weights_from);
  if (!origin.is_checkpoint && !options_.skip_eval) {
    constexpr int64_t kImages = 1000;  // enough to tell a guess from an answer
    warn_near_chance(train::evaluate(*graph_, data::first(test_set_, kImages), quant::Pass::kFloat),
                     test_set_.classes);
  }
  make_trainer(train::StartOfDigits::kWeights);
}

void TrainingRun::take_folder() {
  make_folder(folder_.path());
  lock_.emplace(folder_.path());
  if (!options_.resume && !options_.overwrite) {  // another run may have begun in it meanwhile
    folder_.require_empty();
  }
  if (options_.resume && !std::filesystem::exists(folder_.last())) {
    folder_.require_begun(record_.config);
  }
}

void TrainingRun::train() {
  if (options_.recipe.validation == 0 && !options_.skip_eval) {
    say("best.pt is chosen by the test images; --validation N holds out training images for that");
  }
  const InterruptGuard interrupt;
  while (!trainer_->done()) {
    const train::EpochResult epoch = run_epoch(interrupt);
    if (!epoch.finished) {
      throw Interrupted(interrupt.signal(),
                        "interrupted in epoch " + std::to_string(epoch.epoch + 1) + "; " +
                            folder_.last().string() + " is saved, --resume goes on from there");
    }
    finish(epoch);
  }
}

ordered_json TrainingRun::ship() {
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

data::HeldOut TrainingRun::load_train_sets() const {
  const Recipe& recipe = options_.recipe;
  data::Dataset all = load(shared_, dataset_flags(recipe), data::Part::kTrain);
  if (recipe.limit > 0) {
    all = data::first(std::move(all), recipe.limit);
  }
  if (recipe.validation > 0) {
    return data::hold_out(all, recipe.validation, recipe.options.seed);
  }
  return {.training = std::move(all)};
}

void TrainingRun::load_teacher() {
  if (!options_.recipe.teacher.empty()) {
    const Recipe& recipe = options_.recipe;
    teacher_.emplace(import_network(spec_.architecture, train::WeightFile(recipe.teacher),
                                    recipe.teacher, recipe.teacher_from));
  }
}

void TrainingRun::make_trainer(train::StartOfDigits start) {
  train::TrainOptions options = options_.recipe.options;
  options.update.single_trigger.start = start;
  trainer_.emplace(*graph_, train_sets_.training, options,
                   train::TrainerParts{.teacher = teacher_ ? &*teacher_ : nullptr});
}

void TrainingRun::resume() {
  const train::Checkpoint checkpoint = train::load_checkpoint(folder_.last());
  require_same_run(checkpoint);
  train::load_state(*graph_, checkpoint);
  trainer_->load_state({checkpoint.trainer, folder_.last().string() + ": trainer"});
  metrics_ = folder_.read_metrics(trainer_->epoch());
  folder_.begin(record_.config);  // which may have been edited, or have other epochs now
  const int epochs = options_.recipe.options.epochs;
  say(trainer_->done()
          ? (epochs == 1 ? "its epoch is" : "all " + std::to_string(epochs) + " epochs are") +
                std::string(" trained already")
          : "resuming in epoch " + std::to_string(trainer_->epoch() + 1) + " of " +
                std::to_string(epochs));
}

void TrainingRun::require_same_run(const train::Checkpoint& checkpoint) const {
  const std::string last = folder_.last().string();
  if (checkpoint.trainer.is_none()) {
    throw Error(last + ": is no training's, but calibrate's; --init " + last +
                " and another --output train on from its weights");
  }
  const std::optional<RunRecord> before = read_record(checkpoint.run_record, last + ": run_record");
  if (!before) {
    folder_.require_same_config(record_.config, to_toml(Recipe{}));
    return;
  }
  const std::vector<Change> changed =
      changes(before->config, last, record_.config, to_toml(Recipe{}));
  for (const Change& change : changed) {
    if (change.key != "epochs") {
      folder_.refuse(change, last);
    }
  }
  require_same_data(before->data, record_.data, folder_.last());
  if (changed.empty()) {
    return;
  }
  const serialize::Field trainer(checkpoint.trainer, last + ": trainer");
  const train::TrainOptions& now = options_.recipe.options;
  const Place place = {.epoch = static_cast<int>(trainer["epoch"].integer()),
                       .step = trainer["step"].integer(),
                       .steps_per_epoch = (train_sets_.training.count - 1) / now.batch_size + 1};
  const std::string why = why_not_with_other_epochs(std::stoi(changed.front().before), now,
                                                    !spec_.qconfig.rules.empty(), place);
  if (!why.empty()) {
    throw Error(last + ": cannot go on with " + std::to_string(now.epochs) + " epochs instead of " +
                changed.front().before + ": " + why + "; --init " + last +
                " and another --output train on from its weights");
  }
  say("now " + std::to_string(now.epochs) + " epochs instead of " + changed.front().before);
}

train::EpochResult TrainingRun::run_epoch(const InterruptGuard& interrupt) {
  const int epochs = options_.recipe.options.epochs;
  ProgressBar bar("epoch " + std::to_string(trainer_->epoch() + 1) + "/" + std::to_string(epochs),
                  train_sets_.training.count);
  const std::chrono::duration<double, std::ratio<60>> span(options_.checkpoint_minutes);
  train::EpochResult epoch;
  do {
    const auto begin = std::chrono::steady_clock::now();
    const auto is_due = [&] {
      return span.count() > 0 && std::chrono::steady_clock::now() - begin >= span;
    };
    const train::EpochResult part = trainer_->run_epoch([&](const train::Progress& progress) {
      bar.update(progress.images, "loss " + format("%.4f", progress.loss));
      return interrupt.signal() == 0 && !is_due();
    });
    epoch = epoch.images == 0 ? part : train::joined(epoch, part);
    if (!epoch.finished) {
      save(epoch.phase, folder_.last());
    }
  } while (!epoch.finished && interrupt.signal() == 0);
  images_ += static_cast<double>(epoch.images);
  seconds_ += epoch.seconds;
  return epoch;
}

void TrainingRun::finish(const train::EpochResult& epoch) {
  ordered_json line;
  line["epoch"] = epoch.epoch + 1;
  line["phase"] = passes::to_string(epoch.phase);
  line["learning_rate"] = epoch.learning_rate;
  line["loss"] = epoch.loss;
  std::string text = "epoch " + std::to_string(epoch.epoch + 1) + "/" +
                     std::to_string(options_.recipe.options.epochs) + "  " +
                     passes::to_string(epoch.phase) + "  lr " +
                     format("%.5f", epoch.learning_rate) + "  loss " + format("%.4f", epoch.loss);
  bool is_best = false;
  if (!options_.skip_eval) {
    evaluate(epoch.phase, line, text);
    is_best = line[correct_key()] > best_correct();
  }
  const double rate = static_cast<double>(epoch.images) / epoch.seconds;
  const double waited = 100 * epoch.waited_seconds / epoch.seconds;
  line["images_per_second"] = rate;
  line["waited_percent"] = waited;
  say(text + "  " + format("%.0f images/s", rate) + "  " + format("waits %.1f %%", waited));
  metrics_.push_back(std::move(line));
  replace_old_run(epoch.phase);
  folder_.write_metrics(metrics_);
  if (is_best) {
    save(epoch.phase, folder_.best());
  }
  save(epoch.phase, folder_.last());
}

void TrainingRun::evaluate(quant::Pass phase, ordered_json& line, std::string& text) {
  const bool validates = options_.recipe.validation > 0;
  const std::string of = validates ? "validation_" : "";
  const train::Accuracy accuracy = train::evaluate(
      *graph_, validates ? train_sets_.validation : test_set_, passes::evaluation_pass(phase));
  line[of + "accuracy"] = accuracy.percent();
  line[of + "correct"] = accuracy.correct;
  line[of + "total"] = accuracy.total;
  text += std::string(validates ? "  validation" : "  test") + " accuracy " +
          accuracy_text(accuracy.correct, accuracy.total);
}

const char* TrainingRun::correct_key() const {
  return options_.recipe.validation > 0 ? "validation_correct" : "correct";
}

int64_t TrainingRun::best_correct() const {
  int64_t best = -1;
  for (const ordered_json& epoch : metrics_) {
    best = std::max(best, epoch.value(correct_key(), int64_t{-1}));
  }
  return best;
}

void TrainingRun::replace_old_run(quant::Pass phase) {
  if (replaces_) {
    replaces_ = false;
    save(phase, folder_.last());
    folder_.clear_but_last();
    folder_.begin(record_.config);
  }
}

void TrainingRun::save(quant::Pass phase, const std::filesystem::path& path) {
  replace_old_run(phase);
  train::Checkpoint checkpoint = train::make_checkpoint(spec_, *graph_, phase);
  checkpoint.trainer = trainer_->state();
  checkpoint.run_record = to_value(record_);
  train::save_checkpoint(checkpoint, path);
}

void TrainingRun::ship_float(ordered_json& result) {
  if (options_.skip_eval) {
    return;
  }
  const train::Accuracy accuracy =
      train::evaluate(*graph_, test_set_, passes::evaluation_pass(trainer_->phase()));
  result["accuracy"] = accuracy.percent();
  result["correct"] = accuracy.correct;
  report(shared_, "float network, last epoch: " + accuracy_text(accuracy.correct, accuracy.total));
}

void TrainingRun::ship_integer(ordered_json& result) {
  runtime::Program program = convert::to_program(*graph_);
  runtime::save_model(program, folder_.model());
  if (emit::fits_pytorch(program)) {
    emit::write_pytorch_state_dict(program, folder_.state_dict());
  } else {
    say("model.pt is not written: PyTorch's qint8 does not hold these levels");
  }
  if (options_.skip_eval) {
    return;
  }
  const convert::Verification checked =
      convert::verify(*graph_, runtime::Interpreter(std::move(program)), test_set_, threads_);
  result["accuracy"] = train::Accuracy{checked.prepared_correct, checked.images}.percent();
  result["converted_accuracy"] = train::Accuracy{checked.integer_correct, checked.images}.percent();
  result["mismatches"] = checked.mismatches();
  result["correct"] = checked.integer_correct;
  report(shared_,
         "integer network, last epoch: " + accuracy_text(checked.integer_correct, checked.images) +
             ", " + std::to_string(checked.mismatches()) + " mismatches with the prepared network");
}

}  // namespace floatsd::app
