#include "training_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "console.h"
#include "core/counted.h"
#include "exit_code.h"
#include "float_import.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/pytorch_state_dict.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"
#include "floatsd/train/trainer.h"
#include "interrupt.h"
#include "other_epochs.h"
#include "ranks.h"
#include "recipe_options.h"
#include "run_report.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

workflow::TrainingImages load_training_images(const SharedFlags& shared, const Recipe& recipe) {
  static_cast<void>(workflow::network_spec(recipe));  // refused before images are loaded, if at all
  const DatasetFlags dataset = dataset_flags(recipe);
  return {.train = workflow::training_part(load(shared, dataset, data::Part::kTrain), recipe),
          .test = load(shared, dataset, data::Part::kTest)};
}

std::optional<nn::Graph> load_teacher(const Recipe& recipe) {
  if (recipe.teacher.empty()) {
    return std::nullopt;
  }
  return import_network(workflow::architecture_of(recipe), train::WeightFile(recipe.teacher),
                        recipe.teacher, recipe.teacher_from);
}

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

/// "quantize", or "quantize, ranges frozen" of an epoch that begins in one and ends in the other.
std::string phases_of(const train::EpochResult& epoch) {
  const std::string last = passes::to_string(epoch.phase);
  return epoch.first_phase == epoch.phase ? last
                                          : passes::to_string(epoch.first_phase) + ", " + last;
}

/// Whether that line of metrics.jsonl is of an epoch that did not quantize.
bool was_float(const ordered_json& epoch) {
  const auto phase = epoch.find("phase");
  return phase != epoch.end() && (*phase == passes::to_string(quant::Pass::kTrainFloat) ||
                                  *phase == passes::to_string(quant::Pass::kObserve));
}

}  // namespace

TrainingRun::TrainingRun(const SharedFlags& shared, const RunOptions& options, int threads,
                         Communicator& ranks)
    : shared_(shared),
      options_(options),
      threads_(threads),
      ranks_(ranks),
      folder_(options.output),
      images_(load_training_images(shared, options.recipe)),
      record_{.config = to_toml(options.recipe),
              .data = identity_of(images_.train.training),
              .inputs = input_sums(options.recipe, images_.test)},
      training_(options.recipe, images_, load_teacher(options.recipe), &ranks) {}

void TrainingRun::begin() {
  require_common(ranks_, {{"recipe", record_.config}});
  require_same_images(ranks_, "training images", images_.train.training);
  require_same_images(ranks_, "test images", images_.test);
  agree(ranks_, [&] { begin_on_rank(); });
  const std::string begin_with = "that they begin with (--init, or what --resume finds)";
  require_common(ranks_, {{"epoch " + begin_with, std::to_string(training_.epoch())}});
  require_same_network(ranks_, "network " + begin_with, training_.graph());
  const std::vector<std::string> named = workflow::architecture_of(options_.recipe).class_names;
  if (!named.empty() && named != training_.graph().architecture().class_names) {
    say("the classes get the names of " + images_.train.training.name + "'s");
  }
}

void TrainingRun::begin_on_rank() {
  if (writes() && std::filesystem::exists(folder_.path())) {
    take_folder();
  }
  if (options_.resume && std::filesystem::exists(folder_.last())) {
    resume();
    return;
  }
  if (!options_.recipe.init.empty()) {
    start_from_weights();
  }
  if (!writes()) {
    return;
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
  const Recipe& recipe = options_.recipe;
  const train::WeightFile weights(recipe.init);
  say_origin(training_.graph(), recipe.init, training_.start_from(weights));
  if (weights.was_trained_elsewhere() && !options_.skip_eval) {
    constexpr int64_t kImages = 1000;  // enough to tell a guess from an answer
    warn_near_chance(train::evaluate(training_.graph(), data::first(images_.test, kImages),
                                     quant::Pass::kFloat, shown_progress()),
                     images_.test.classes);
  }
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
  agree(ranks_, [&] {
    if (options_.tensorboard && !training_.done() && writes()) {
      log_.emplace(folder_.path(), training_.progress(), record_.config);
    }
  });
  const InterruptGuard interrupt;
  while (!training_.done()) {
    const train::EpochResult epoch = run_epoch(interrupt);
    if (!epoch.finished) {
      throw Interrupted(signal_of_ranks(interrupt),
                        "interrupted in epoch " + std::to_string(epoch.epoch + 1) + "; " +
                            folder_.last().string() + " is saved, --resume goes on from there");
    }
    finish(epoch);
  }
  if (const int signal = signal_of_ranks(interrupt); signal != 0) {
    throw Interrupted(signal, "interrupted after the last epoch; " + folder_.last().string() +
                                  " is saved, --resume goes on from there");
  }
}

int TrainingRun::signal_of_ranks(const InterruptGuard& interrupt) const {
  auto signal = static_cast<float>(interrupt.signal());
  max_over_ranks(ranks_, {&signal, 1});
  return static_cast<int>(signal);
}

workflow::Shipped TrainingRun::ship() {
  workflow::Shipped shipped = training_.ship(!options_.skip_eval, threads_, shown_progress());
  agree(ranks_, [&] {
    if (writes() && shipped.program) {
      runtime::save_model(*shipped.program, folder_.model());
      emit::write_pytorch_state_dict(*shipped.program, folder_.state_dict());
    }
  });
  if (shipped.verification) {
    const convert::Verification& checked = *shipped.verification;
    report(shared_, "integer network, last epoch: " +
                        accuracy_text(checked.integer_correct, checked.images) + ", " +
                        counted(checked.mismatches(), "mismatch", "mismatches") +
                        " with the prepared network");
  } else if (shipped.accuracy) {
    report(shared_, "float network, last epoch: " +
                        accuracy_text(shipped.accuracy->correct, shipped.accuracy->total));
  }
  if (writes()) {
    leave_report(folder_,
                 {.graph = training_.graph(),
                  .program = shipped.program ? &*shipped.program : nullptr,
                  .test = options_.skip_eval ? nullptr : &images_.test,
                  .verification = shipped.verification ? &*shipped.verification : nullptr,
                  .threads = threads_,
                  .on_progress = shown_progress()},
                 {record_, training_.epoch()});
  }
  return shipped;
}

void TrainingRun::resume() {
  const train::Checkpoint checkpoint = train::load_checkpoint(folder_.last());
  require_same_run(checkpoint);
  if (const auto before = read_record(checkpoint.run_record, folder_.last().string())) {
    record_.inputs = before->inputs;
  }
  training_.resume(checkpoint, folder_.last().string());
  metrics_ = folder_.read_metrics(training_.epoch());
  if (writes()) {
    if (!metrics_.empty()) {  // a run that was killed may have written one of the two files alone
      folder_.write_metrics(metrics_);
    }
    folder_.begin(record_.config);  // which may have been edited, or have other epochs now
  }
  const int epochs = options_.recipe.options.epochs;
  say(training_.done()
          ? (epochs == 1 ? "its epoch is" : "all " + counted(epochs, "epoch") + " are") +
                std::string(" trained already")
          : "resuming in epoch " + std::to_string(training_.epoch() + 1) + " of " +
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
  InputSums inputs = record_.inputs;
  inputs.erase(kWeightsFile);  // the run goes on from its own
  require_same_inputs(before->inputs, inputs, folder_.last());
  if (changed.empty()) {
    return;
  }
  const serialize::Field trainer(checkpoint.trainer, last + ": trainer");
  const train::TrainOptions& now = options_.recipe.options;
  const Place place = {.epoch = static_cast<int>(trainer["epoch"].integer()),
                       .step = trainer["step"].integer(),
                       .steps_per_epoch = (images_.train.training.count - 1) / now.batch_size + 1};
  const std::string why = why_not_with_other_epochs(std::stoi(changed.front().before), now,
                                                    options_.recipe.quantizes(), place);
  if (!why.empty()) {
    throw Error(last + ": cannot go on with " + counted(now.epochs, "epoch") + " instead of " +
                changed.front().before + ": " + why + "; --init " + last +
                " and another --output train on from its weights");
  }
  say("now " + counted(now.epochs, "epoch") + " instead of " + changed.front().before);
}

train::EpochResult TrainingRun::run_epoch(const InterruptGuard& interrupt) {
  const int epochs = options_.recipe.options.epochs;
  ProgressBar bar("epoch " + std::to_string(training_.epoch() + 1) + "/" + std::to_string(epochs),
                  images_.train.training.count);
  const std::chrono::duration<double, std::ratio<60>> span(options_.checkpoint_minutes);
  train::EpochResult epoch;
  do {
    const auto begin = std::chrono::steady_clock::now();
    const auto is_due = [&] {
      return span.count() > 0 && std::chrono::steady_clock::now() - begin >= span;
    };
    if (log_) {
      log_->start_clock(training_.progress());
    }
    const train::EpochResult part = training_.run_epoch([&](const train::Progress& progress) {
      if (log_) {
        log_->add_step(progress);
      }
      bar.update(progress.images, "loss " + format("%.4f", progress.loss));
      return interrupt.signal() == 0 && !is_due();
    });
    epoch = epoch.images == 0 ? part : train::joined(epoch, part);
    if (!epoch.finished) {
      agree(ranks_, [&] { save(epoch.phase, folder_.last()); });
    }
  } while (!epoch.finished && signal_of_ranks(interrupt) == 0);
  count_ += static_cast<double>(epoch.images);
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
                     std::to_string(options_.recipe.options.epochs) + "  " + phases_of(epoch) +
                     "  lr " + format("%.5f", epoch.learning_rate) + "  loss " +
                     format("%.4f", epoch.loss);
  bool is_best = false;
  if (!options_.skip_eval) {
    evaluate(epoch.phase, line, text);
    is_best = line[correct_key()] > best_correct(epoch.phase);
  }
  const double rate = static_cast<double>(epoch.images) / epoch.seconds;
  const double waited = 100 * epoch.waited_seconds / epoch.seconds;
  line["images_per_second"] = rate;
  line["waited_percent"] = waited;
  text += "  " + format("%.0f images/s", rate) + "  " + format("waits %.1f %%", waited);
  if (ranks_.size() > 1) {
    add_traffic(epoch, line, text);
  }
  say(text);
  metrics_.push_back(std::move(line));
  agree(ranks_, [&] { save_epoch(epoch.phase, is_best); });
}

void TrainingRun::save_epoch(quant::Pass phase, bool is_best) {
  if (!writes()) {
    return;
  }
  if (log_) {
    log_->add_epoch(metrics_.back(),
                    network_histograms(training_.graph(), passes::evaluation_pass(phase),
                                       images_.train.training));
  }
  replace_old_run(phase);
  folder_.write_metrics(metrics_);
  if (is_best) {
    save(phase, folder_.best());
  }
  save(phase, folder_.last());
}

void TrainingRun::add_traffic(const train::EpochResult& epoch, ordered_json& line,
                              std::string& text) const {
  const auto& [messages, bytes, seconds] = epoch.traffic;
  const int64_t batch = options_.recipe.options.batch_size;
  const auto steps = static_cast<double>((epoch.images - 1) / batch + 1);
  const double percent = 100 * seconds / epoch.seconds;
  line["communication_percent"] = percent;
  line["messages_per_step"] = static_cast<double>(messages) / steps;
  line["bytes_per_step"] = static_cast<double>(bytes) / steps;
  text += "  " + format("communicates %.1f %%", percent);
}

void TrainingRun::evaluate(quant::Pass phase, ordered_json& line, std::string& text) {
  const bool validates = options_.recipe.validation > 0;
  const std::string of = validates ? "validation_" : "";
  const train::Accuracy accuracy = training_.evaluate(phase, shown_progress());
  line[of + "accuracy"] = accuracy.percent();
  line[of + "correct"] = accuracy.correct;
  line[of + "total"] = accuracy.total;
  text += std::string(validates ? "  validation" : "  test") + " accuracy " +
          accuracy_text(accuracy.correct, accuracy.total);
}

const char* TrainingRun::correct_key() const {
  return options_.recipe.validation > 0 ? "validation_correct" : "correct";
}

int64_t TrainingRun::best_correct(quant::Pass phase) const {
  int64_t best = -1;
  for (const ordered_json& epoch : metrics_) {
    if (!quant::quantizes(phase) || !was_float(epoch)) {
      best = std::max(best, epoch.value(correct_key(), int64_t{-1}));
    }
  }
  return best;
}

void TrainingRun::replace_old_run(quant::Pass phase) {
  if (replaces_) {
    replaces_ = false;
    save(phase, folder_.last());
    folder_.clear_but(log_ ? std::vector{folder_.last(), log_->path()}
                           : std::vector{folder_.last()});
    folder_.begin(record_.config);
  }
}

void TrainingRun::save(quant::Pass phase, const std::filesystem::path& path) {
  if (!writes()) {
    return;
  }
  replace_old_run(phase);
  train::Checkpoint checkpoint = training_.checkpoint(phase);
  checkpoint.run_record = to_value(record_);
  train::save_checkpoint(checkpoint, path);
}

ShippedAccuracy accuracy_of(const workflow::Shipped& shipped) {
  ShippedAccuracy result;
  if (shipped.accuracy) {
    result.prepared = shipped.accuracy->percent();
    result.correct = shipped.accuracy->correct;
  }
  if (shipped.verification) {
    const convert::Verification& checked = *shipped.verification;
    result.integer = train::Accuracy{checked.integer_correct, checked.images}.percent();
    result.mismatches = checked.mismatches();
    result.correct = checked.integer_correct;
  }
  return result;
}

}  // namespace floatsd::app
