#include "floatsd/train/trainer.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/data/batches.h"
#include "require.h"

namespace floatsd::train {
namespace {

/// A batch: pixels [N, C, H, W] uint8 and classes [N] int64.
struct Batch {
  at::Tensor pixels, classes;
};

Batch make_batch(const data::Dataset& dataset, std::span<const int64_t> indices) {
  const auto count = static_cast<int64_t>(indices.size());
  const at::Tensor pixels =
      at::empty({count, dataset.channels, dataset.height, dataset.width}, at::kByte);
  const at::Tensor labels = at::empty({count}, at::kByte);
  data::gather(dataset, indices,
               {pixels.mutable_data_ptr<uint8_t>(), static_cast<size_t>(pixels.numel())},
               {labels.mutable_data_ptr<uint8_t>(), static_cast<size_t>(count)});
  return {pixels, labels.to(at::kLong)};
}

bool is_prepared(const nn::Graph& graph) {
  const auto layers = graph.layers();
  return !layers.empty() && layers.front().second->weight_quantizer != nullptr;
}

}  // namespace

void check(const TrainOptions& options) {
  require(options.epochs >= 1,
          "epochs: " + std::to_string(options.epochs) + ", expected 1 or more");
  require(options.batch_size >= 1,
          "batch-size: " + std::to_string(options.batch_size) + ", expected 1 or more");
  check(options.schedule, options.epochs);
  check(options.sgd);
  require(options.label_smoothing >= 0 && options.label_smoothing < 1,
          "smoothing: " + std::to_string(options.label_smoothing) +
              ", expected at least 0 and below 1");
  require(options.ema_decay >= 0 && options.ema_decay < 1,
          "ema-decay: " + std::to_string(options.ema_decay) + ", expected at least 0 and below 1");
}

Trainer::Trainer(nn::Graph& graph, const data::Dataset& dataset, TrainOptions options)
    : graph_(graph), dataset_(dataset), options_(options), sgd_(graph.parameters(), options.sgd) {
  check(options);
  if (options.ema_decay > 0) {
    average_.emplace(graph.state(), options.ema_decay);
  }
  require(dataset.count >= 1, dataset.name + ": no images to train on");
  steps_ = (dataset.count + options.batch_size - 1) / options.batch_size;
  graph.set_pass(qat::training_pass(phase()));  // refuses phases that do not fit the epochs
}

qat::Phase Trainer::phase() const {
  if (!is_prepared(graph_)) {
    return qat::Phase::kFloat;
  }
  return qat::phase_of(options_.phases, std::min(epoch_, options_.epochs - 1), options_.epochs);
}

EpochResult Trainer::run_epoch(const OnStep& on_step) {
  const std::vector<int64_t> order = data::epoch_order(dataset_.count, options_.seed, epoch_);
  const auto start = std::chrono::steady_clock::now();
  const int64_t images_before = images_;
  EpochResult result{.epoch = epoch_, .phase = phase()};
  result.learning_rate = rate_at(0);

  if (average_) {
    average_->swap();
  }
  graph_.set_pass(qat::training_pass(result.phase));
  bool go_on = true;
  while (go_on && step_ < steps_) {
    train_step(order);
    go_on = on_step({epoch_, step_, steps_, images_, loss_sum_ / static_cast<double>(images_)});
  }
  if (average_) {
    average_->swap();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const auto seen = static_cast<double>(images_);
  result.loss = loss_sum_ / seen;
  result.images = images_ - images_before;
  result.seconds = seconds.count();
  result.finished = step_ == steps_;
  if (result.finished) {
    ++epoch_;
    step_ = images_ = 0;
    loss_sum_ = 0;
  }
  return result;
}

void Trainer::train_step(const std::vector<int64_t>& order) {
  const int64_t begin = step_ * options_.batch_size;
  const int64_t count = std::min(options_.batch_size, dataset_.count - begin);
  const Batch batch = make_batch(
      dataset_, std::span(order).subspan(static_cast<size_t>(begin), static_cast<size_t>(count)));
  const at::Tensor logits = graph_.forward(batch.pixels);
  const at::Tensor loss =
      at::cross_entropy_loss(logits, batch.classes, /*weight=*/{}, at::Reduction::Mean,
                             /*ignore_index=*/-1, options_.label_smoothing);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw Diverged("epoch " + std::to_string(epoch_ + 1) + ", step " + std::to_string(step_ + 1) +
                   ": the loss is " + std::to_string(value) + "; a lower --lr may help");
  }
  loss.backward();
  sgd_.step(rate_at(step_));
  if (average_) {
    average_->update();
  }

  loss_sum_ += value * static_cast<double>(count);
  images_ += count;
  ++step_;
}

double Trainer::rate_at(int64_t step_of_epoch) const {
  return learning_rate(options_.schedule, epoch_ * steps_ + step_of_epoch, steps_, options_.epochs);
}

serialize::Value Trainer::state() const {
  serialize::Dict state;
  state.add("epoch", epoch_);
  state.add("step", step_);
  state.add("images", images_);
  state.add("loss_sum", loss_sum_);
  state.add("momentum", sgd_.state());
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
  sgd_.load_state(state["momentum"]);
  require(average_.has_value() == state.has("average"),
          state.where() + ": was saved " + (average_ ? "without" : "with") +
              " a weight average, and the training is " + (average_ ? "with" : "without") + " one");
  if (average_) {
    average_->load_state(state["average"]);
  }
}

}  // namespace floatsd::train
