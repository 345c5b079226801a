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
#include "floatsd/train/lr_schedule.h"

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

void require(bool holds, const std::string& message) {
  if (!holds) {
    throw Error(message);
  }
}

}  // namespace

void check(const TrainOptions& options) {
  require(options.epochs >= 1,
          "epochs: " + std::to_string(options.epochs) + ", expected 1 or more");
  require(options.batch_size >= 1,
          "batch-size: " + std::to_string(options.batch_size) + ", expected 1 or more");
  require(options.learning_rate > 0 && std::isfinite(options.learning_rate),
          "lr: " + std::to_string(options.learning_rate) + ", expected a positive number");
  require(options.momentum >= 0 && options.momentum < 1,
          "momentum: " + std::to_string(options.momentum) + ", expected at least 0 and below 1");
  require(options.weight_decay >= 0 && std::isfinite(options.weight_decay),
          "weight-decay: " + std::to_string(options.weight_decay) + ", expected 0 or more");
}

Trainer::Trainer(nn::Graph& graph, const data::Dataset& dataset, TrainOptions options)
    : graph_(graph), dataset_(dataset), options_(options), parameters_(graph.parameters()) {
  check(options);
  for (const at::Tensor& parameter : parameters_) {
    momenta_.push_back(at::zeros_like(parameter));
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
  const int64_t first_step = epoch_ * steps_;
  const int64_t all_steps = options_.epochs * steps_;
  result.learning_rate = cosine_learning_rate(options_.learning_rate, first_step, all_steps);

  graph_.set_pass(qat::training_pass(result.phase));
  bool go_on = true;
  while (go_on && step_ < steps_) {
    train_step(order);
    go_on = on_step({epoch_, step_, steps_, images_, loss_sum_ / static_cast<double>(images_)});
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
  const double rate = cosine_learning_rate(options_.learning_rate, epoch_ * steps_ + step_,
                                           options_.epochs * steps_);
  const at::Tensor logits = graph_.forward(batch.pixels);
  const at::Tensor loss = at::cross_entropy_loss(logits, batch.classes);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw Diverged("epoch " + std::to_string(epoch_ + 1) + ", step " + std::to_string(step_ + 1) +
                   ": the loss is " + std::to_string(value) + "; a lower --lr may help");
  }
  loss.backward();
  update_parameters(rate);

  loss_sum_ += value * static_cast<double>(count);
  images_ += count;
  ++step_;
}

/// Sutskever et al. 2013, as PyTorch has it: v = momentum v + g, w -= rate (g + momentum v), with g
/// the gradient plus weight_decay w.
void Trainer::update_parameters(double rate) {
  const torch::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (at::Tensor& parameter : parameters_) {
    gradients.push_back(parameter.grad());
    parameter.mutable_grad().reset();
  }
  at::_fused_sgd_(parameters_, gradients, momenta_, options_.weight_decay, options_.momentum, rate,
                  /*dampening=*/0, /*nesterov=*/options_.momentum > 0, /*maximize=*/false,
                  /*is_first_step=*/false);
}

serialize::Value Trainer::state() const {
  serialize::List momenta;
  for (const at::Tensor& momentum : momenta_) {
    momenta.items.emplace_back(momentum);
  }
  serialize::Dict state;
  state.add("epoch", epoch_);
  state.add("step", step_);
  state.add("images", images_);
  state.add("loss_sum", loss_sum_);
  state.add("momentum", std::move(momenta));
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

  const serialize::Field momenta = state["momentum"];
  require(momenta.size() == momenta_.size(),
          momenta.where() + ": " + std::to_string(momenta.size()) + " tensors, expected " +
              std::to_string(momenta_.size()));
  for (size_t i = 0; i < momenta_.size(); ++i) {
    const at::Tensor& saved = momenta[i].tensor();
    require(saved.sizes() == momenta_[i].sizes() && saved.is_floating_point(),
            momenta[i].where() + ": not a tensor of the parameter's shape");
    momenta_[i].copy_(saved);
  }
}

}  // namespace floatsd::train
