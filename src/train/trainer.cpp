#include "floatsd/train/trainer.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/core/refuse.h"
#include "floatsd/qat/pixels.h"
#include "floatsd/train/finite.h"

namespace floatsd::train {
namespace {

bool is_prepared(const nn::Graph& graph) {
  const auto layers = graph.layers();
  return !layers.empty() && layers.front().second->weight_quantizer != nullptr;
}

bool has_batch_norm(const nn::Graph& graph) {
  const std::vector<nn::Node>& nodes = graph.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [](const nn::Node& node) {
    const auto layer = std::dynamic_pointer_cast<nn::Layer>(node.block);
    return layer && layer->norm;
  });
}

/// Whether a scale or a range is a parameter.
bool learns_ranges(const nn::Graph& graph) {
  for (const nn::Node& node : graph.nodes()) {
    for (const auto& parameter : node.block->named_parameters()) {
      if (parameter.key().find("_quantizer.") != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

/// While it lives the network has its own values, not its average's.
class NetworkItself {
 public:
  explicit NetworkItself(std::optional<WeightAverage>& average) : average_(average) { swap(); }
  ~NetworkItself() { swap(); }
  NetworkItself(const NetworkItself&) = delete;
  NetworkItself& operator=(const NetworkItself&) = delete;

 private:
  void swap() {
    if (average_) {
      average_->swap();
    }
  }
  std::optional<WeightAverage>& average_;
};

}  // namespace

void check(const TrainOptions& options) {
  require(options.epochs >= 1,
          "epochs: " + std::to_string(options.epochs) + ", expected 1 or more");
  require(options.batch_size >= 1,
          "batch-size: " + std::to_string(options.batch_size) + ", expected 1 or more");
  require(options.workers >= 1,
          "workers: " + std::to_string(options.workers) + ", expected 1 or more");
  data::check(options.augment);
  check(options.schedule, options.epochs);
  check(options.sgd);
  check(options.distillation);
  require(options.label_smoothing >= 0 && options.label_smoothing < 1,
          "smoothing: " + std::to_string(options.label_smoothing) +
              ", expected at least 0 and below 1");
  require(options.frozen_rate > 0 && std::isfinite(options.frozen_rate),
          "freeze-lr: " + std::to_string(options.frozen_rate) + ", expected a positive number");
  require(options.ema_decay >= 0 && options.ema_decay < 1,
          "ema-decay: " + std::to_string(options.ema_decay) + ", expected at least 0 and below 1");
  require(options.ema_decay == 0 || options.update.kind == UpdateKind::kFloat,
          "ema-decay: " + std::to_string(options.ema_decay) + ", expected 0 with --update " +
              to_string(options.update.kind) + ", whose weights have no average");
}

EpochResult joined(const EpochResult& first, const EpochResult& rest) {
  EpochResult both = rest;  // whose loss is of all images of the epoch
  both.images += first.images;
  both.seconds += first.seconds;
  both.waited_seconds += first.waited_seconds;
  return both;
}

Trainer::Trainer(nn::Graph& graph, const data::Dataset& dataset, TrainOptions options,
                 nn::Graph* teacher)
    : graph_(graph), dataset_(dataset), options_(options), teacher_(teacher) {
  check(options);
  if (teacher != nullptr) {
    qat::check_labelled_images(*teacher, dataset);
  }
  require(options.update.kind == UpdateKind::kFloat || !is_prepared(graph),
          "--update " + to_string(options.update.kind) +
              " has weights of its own, and is for a network without --weights");
  require(
      options.ema_decay == 0 || options.phases.float_epochs == 0 || !learns_ranges(graph),
      "ema-decay: expected 0 with --float-epochs and learned scales or ranges, of which there is "
      "nothing to average before they are observed");
  optimizer_ = make_optimizer(graph.parameters(), options.sgd, options.update);
  if (options.ema_decay > 0) {
    average_.emplace(graph.state(), options.ema_decay);
  }
  require(dataset.count >= 1, dataset.name + ": no images to train on");
  qat::check_labelled_images(graph, dataset);
  steps_ = dataset.count / options.batch_size + (dataset.count % options.batch_size == 0 ? 0 : 1);
  static_cast<void>(phase());  // refuses phases that do not fit the epochs
}

quant::Pass Trainer::phase() const {
  if (!is_prepared(graph_)) {
    return quant::Pass::kTrainFloat;
  }
  return qat::phase_of(options_.phases, std::min(epoch_, options_.epochs - 1), options_.epochs);
}

EpochResult Trainer::run_epoch(const OnStep& on_step) {
  const auto start = std::chrono::steady_clock::now();
  data::Loader loader(dataset_,
                      {.batch_size = options_.batch_size,
                       .augment = options_.augment,
                       .seed = options_.seed,
                       .workers = options_.workers},
                      epoch_, step_);
  const int64_t images_before = images_;
  EpochResult result{.epoch = epoch_, .phase = phase()};
  result.learning_rate = rate_at(0);

  const NetworkItself trains(average_);
  bool go_on = true;
  while (go_on && step_ < steps_) {
    try {
      train_step(loader.next());
    } catch (const Diverged& error) {
      throw Diverged("epoch " + std::to_string(epoch_ + 1) + ", step " + std::to_string(step_ + 1) +
                     ": " + error.what() + "; a lower --lr may help");
    }
    go_on = on_step({epoch_, step_, steps_, images_, loss_sum_ / static_cast<double>(images_)});
  }
  // The loss of the last step was of the weights before it, and what is saved now are those after.
  if (const std::string where = find_weights_not_finite(graph_); !where.empty()) {
    throw Diverged("epoch " + std::to_string(epoch_ + 1) + ", step " + std::to_string(step_) +
                   ": " + where + "; a lower --lr may help");
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const auto seen = static_cast<double>(images_);
  result.loss = loss_sum_ / seen;
  result.images = images_ - images_before;
  result.seconds = seconds.count();
  result.waited_seconds = loader.waited_seconds();
  result.finished = step_ == steps_;
  if (result.finished) {
    ++epoch_;
    step_ = images_ = 0;
    loss_sum_ = 0;
  }
  return result;
}

void Trainer::train_step(const data::Batch& batch) {
  const auto count = static_cast<int64_t>(batch.labels.size());
  // from_blob wants a mutable pointer; nothing writes to a network's input.
  const at::Tensor pixels =
      at::from_blob(const_cast<uint8_t*>(batch.images.data()),
                    {count, dataset_.channels, dataset_.height, dataset_.width}, at::kByte);
  const at::Tensor classes =
      at::tensor(std::vector<int64_t>(batch.labels.begin(), batch.labels.end()));
  const at::Tensor loss = loss_of(pixels, classes);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    const std::string where =
        find_not_finite(graph_, pixels, std::vector(graph_.nodes().size(), phase()));
    throw Diverged("the loss is " + std::string(std::isnan(value) ? "not a number" : "infinite") +
                   (where.empty() ? "" : ", " + where));
  }
  const double scale = optimizer_->loss_scale();
  (scale == 1 ? loss : loss * scale).backward();
  optimizer_->step(rate_at(step_));
  if (average_) {
    average_->update();
  }

  loss_sum_ += value * static_cast<double>(count);
  images_ += count;
  ++step_;
}

at::Tensor Trainer::logits_of(const at::Tensor& pixels) {
  try {
    return graph_.forward(pixels, phase());
  } catch (const Error& error) {
    if (epoch_ == 0 && step_ == 0) {
      throw;
    }
    // The network computed before: training has moved its numbers beyond what codes can hold.
    throw Diverged(error.what());
  }
}

at::Tensor Trainer::loss_of(const at::Tensor& pixels, const at::Tensor& classes) {
  const at::Tensor logits = logits_of(pixels);
  const at::Tensor loss =
      at::cross_entropy_loss(logits, classes, /*weight=*/{}, at::Reduction::Mean,
                             /*ignore_index=*/-1, options_.label_smoothing);
  if (teacher_ == nullptr) {
    return loss;
  }
  const Distillation& distillation = options_.distillation;
  at::Tensor answers;
  {
    const torch::NoGradGuard no_grad;
    answers = teacher_->forward(pixels, quant::Pass::kFloat);
  }
  return (1 - distillation.share) * loss +
         distillation.share * distillation_loss(logits, answers, distillation.temperature);
}

double Trainer::rate_at(int64_t step_of_epoch) const {
  const double rate =
      learning_rate(options_.schedule, epoch_ * steps_ + step_of_epoch, steps_, options_.epochs);
  const bool is_frozen = phase() >= quant::Pass::kBatchNormFrozen && has_batch_norm(graph_);
  return is_frozen ? std::min(rate, options_.frozen_rate) : rate;
}

serialize::Value Trainer::state() const {
  serialize::Dict state;
  state.add("epoch", epoch_);
  state.add("step", step_);
  state.add("images", images_);
  state.add("loss_sum", loss_sum_);
  state.add("momentum", optimizer_->state());
  if (average_) {
    state.add("average", average_->state());
  }
  return state;
}

void Trainer::load_state(const serialize::Field& state) {
  const int64_t epoch = state["epoch"].integer();
  const int64_t step = state["step"].integer();
  require(epoch >= 0 && epoch <= options_.epochs && step >= 0 && step <= steps_,
          state.where() + ": epoch " + std::to_string(epoch) + ", step " + std::to_string(step) +
              " lie outside a training of " + std::to_string(options_.epochs) + " epochs with " +
              std::to_string(steps_) + " steps");
  epoch_ = static_cast<int>(epoch);
  step_ = step;
  images_ = state["images"].integer();
  loss_sum_ = state["loss_sum"].number();
  optimizer_->load_state(state["momentum"]);
  require(average_.has_value() == state.has("average"),
          state.where() + ": was saved " + (average_ ? "without" : "with") +
              " a weight average, and the training is " + (average_ ? "with" : "without") + " one");
  if (average_) {
    average_->load_state(state["average"]);
  }
}

}  // namespace floatsd::train
