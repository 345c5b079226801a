#include "floatsd/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "core/counted.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/layer.h"
#include "nn/pixels.h"
#include "ops/shards.h"
#include "train/finite.h"
#include "train/quantizer_state.h"
#include "train/weight_average.h"
#include "train/weight_update.h"

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
      if (is_quantizer_state(parameter.first)) {
        return true;
      }
    }
  }
  return false;
}

/// While it lives the network has its own values, not its average's.
class NetworkItself {
 public:
  explicit NetworkItself(WeightAverage* average) : average_(average) { swap(); }
  ~NetworkItself() { swap(); }
  NetworkItself(const NetworkItself&) = delete;
  NetworkItself& operator=(const NetworkItself&) = delete;

 private:
  void swap() {
    if (average_ != nullptr) {
      average_->swap();
    }
  }
  WeightAverage* average_;
};

}  // namespace

EpochResult joined(const EpochResult& first, const EpochResult& rest) {
  EpochResult both = rest;  // whose loss is of all images of the epoch
  both.images += first.images;
  both.seconds += first.seconds;
  both.waited_seconds += first.waited_seconds;
  both.traffic.messages += first.traffic.messages;
  both.traffic.bytes += first.traffic.bytes;
  both.traffic.seconds += first.traffic.seconds;
  return both;
}

Trainer::Trainer(nn::Graph& graph, const data::Dataset& dataset, TrainOptions options,
                 TrainerParts parts)
    : graph_(graph), dataset_(dataset), options_(options), parts_(std::move(parts)) {
  check(options);
  if (parts_.teacher != nullptr) {
    nn::check_labelled_images(*parts_.teacher, dataset);
  }
  require(options.update.kind == UpdateKind::kFloat || !is_prepared(graph),
          "update: " + to_string(options.update.kind) +
              " has weights of its own, expected a network without weight rules");
  require(options.ema_decay == 0 || options.phases.float_epochs == 0 || !learns_ranges(graph),
          "ema-decay: expected 0 with float-epochs and learned scales or ranges, of which there is "
          "nothing to average before they are observed");
  optimizer_ = parts_.optimizer ? parts_.optimizer(graph.parameters())
                                : make_optimizer(graph.parameters(), options.sgd, options.update);
  if (options.ema_decay > 0) {
    average_ = std::make_unique<WeightAverage>(graph.state(), options.ema_decay);
  }
  require(dataset.count >= 1, dataset.name + ": no images to train on");
  nn::check_labelled_images(graph, dataset);
  steps_ = dataset.count / options.batch_size + (dataset.count % options.batch_size == 0 ? 0 : 1);
  const int ranks = parts_.ranks == nullptr ? 1 : parts_.ranks->size();
  require(options.shards % ranks == 0, "shards: " + std::to_string(options.shards) +
                                           ", expected at least one for each of " +
                                           std::to_string(ranks) + " ranks");
  if (is_prepared(graph)) {
    passes::check(options.phases, options.epochs);
  }
}

Trainer::~Trainer() = default;

quant::Pass Trainer::phase() const { return phase_of(std::max<int64_t>(steps_done() - 1, 0)); }

quant::Pass Trainer::phase_of(int64_t step) const {
  if (!is_prepared(graph_)) {
    return quant::Pass::kTrainFloat;
  }
  const int64_t last = options_.epochs * steps_ - 1;
  return passes::phase_of(options_.phases, std::min(step, last), steps_, options_.epochs);
}

Progress Trainer::progress() const {
  return {.epoch = epoch_,
          .step = step_,
          .steps = steps_,
          .images = images_,
          .loss = images_ == 0 ? 0 : loss_sum_ / static_cast<double>(images_),
          .step_loss = step_loss_,
          .learning_rate = rate_at(std::max<int64_t>(step_ - 1, 0))};
}

EpochResult Trainer::run_epoch(const OnStep& on_step) {
  require(!done(), "the training is at its end, after " + counted(options_.epochs, "epoch"));
  EpochResult result{
      .epoch = epoch_, .first_phase = phase_of(epoch_ * steps_), .learning_rate = rate_at(0)};
  const int64_t images_before = images_;
  const auto saying_where = [this](const auto& work) {
    try {
      work();
    } catch (const Diverged& error) {
      throw Diverged("epoch " + std::to_string(epoch_ + 1) + ", step " + std::to_string(step_ + 1) +
                     ": " + error.what() + "; a lower lr may help");
    }
  };

  const NetworkItself trains(average_.get());
  bool go_on = true;
  while (go_on && step_ < steps_) {
    saying_where([&] {
      if (batch_norm_freezes()) {
        settle_statistics();
      }
      go_on = train_steps(on_step, result);
    });
  }
  // The loss of the last step was of the weights before it, and what is saved now are those after.
  if (const std::string where = find_weights_not_finite(graph_); !where.empty()) {
    throw Diverged("epoch " + std::to_string(epoch_ + 1) + ", step " + std::to_string(step_) +
                   ": " + where + "; a lower lr may help");
  }
  result.phase = phase();
  result.loss = loss_sum_ / static_cast<double>(images_);
  result.images = images_ - images_before;
  result.finished = step_ == steps_;
  if (result.finished) {
    ++epoch_;
    step_ = images_ = 0;
    loss_sum_ = 0;
  }
  return result;
}

bool Trainer::train_steps(const OnStep& on_step, EpochResult& result) {
  const Communicator::Traffic before = ranks().traffic();
  const auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<data::BatchSource> batches = make_batches(step_);
  bool go_on = true;
  do {
    train_step(batches->next());
    go_on = !any_rank_stops(on_step && !on_step(progress()));
  } while (go_on && step_ < steps_ && !batch_norm_freezes());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  result.seconds += seconds.count();
  result.waited_seconds += batches->waited_seconds();
  const Communicator::Traffic& after = ranks().traffic();
  result.traffic.messages += after.messages - before.messages;
  result.traffic.bytes += after.bytes - before.bytes;
  result.traffic.seconds += after.seconds - before.seconds;
  return go_on;
}

bool Trainer::batch_norm_freezes() const {
  const int64_t done = steps_done();
  return done > 0 && has_batch_norm(graph_) && !quant::uses_batch_statistics(phase_of(done)) &&
         quant::uses_batch_statistics(phase_of(done - 1));
}

void Trainer::settle_statistics() {
  constexpr int64_t kBatches = 50;  // 0.9^50 = 0.5 % is left of what the running ones were
  const at::NoGradGuard no_grad;
  std::unique_ptr<data::BatchSource> batches;
  for (int64_t i = 0; i < kBatches; ++i) {
    const int64_t step = i % steps_;
    if (step == 0) {
      batches.reset();  // never two at once
      batches = make_batches(0);
    }
    const data::Batch batch = batches->next();
    const auto shards = divide_checked(batch, step);
    static_cast<void>(logits_of(pixels_of(batch), quant::Pass::kQuantize, shards));
  }
}

std::shared_ptr<const ops::Shards> Trainer::divide_checked(const data::Batch& batch,
                                                           int64_t step) const {
  const int64_t count = images_of(step);
  const auto shards = divide(count);
  const auto own = static_cast<int64_t>(batch.labels.size());
  require(own == (shards ? shards->images() : count),
          "step " + std::to_string(step + 1) + ": a batch of " + counted(own, "image") +
              ", expected " + std::to_string(shards ? shards->images() : count));
  require(static_cast<int64_t>(batch.images.size()) == own * dataset_.image_size(),
          "step " + std::to_string(step + 1) + ": a batch of " +
              counted(static_cast<int64_t>(batch.images.size()), "byte") + ", expected " +
              std::to_string(dataset_.image_size()) + " for each of its images");
  return shards;
}

std::unique_ptr<data::BatchSource> Trainer::make_batches(int64_t first_step) const {
  if (parts_.batches) {
    return parts_.batches(epoch_, first_step);
  }
  data::Loader::Options loading{.batch_size = options_.batch_size,
                                .augment = options_.augment,
                                .seed = options_.seed,
                                .workers = options_.workers};
  if (parts_.ranks != nullptr) {
    loading.part = [this](int64_t images) -> data::Loader::Options::Part {
      const auto shards = divide(images);
      return shards ? data::Loader::Options::Part{shards->first_image(), shards->images()}
                    : data::Loader::Options::Part{0, images};
    };
  }
  return std::make_unique<data::Loader>(dataset_, loading, epoch_, first_step);
}

int64_t Trainer::images_of(int64_t step) const {
  return std::min(options_.batch_size, dataset_.count - step * options_.batch_size);
}

at::Tensor Trainer::pixels_of(const data::Batch& batch) const {
  // from_blob wants a mutable pointer; nothing writes to a network's input.
  return at::from_blob(const_cast<uint8_t*>(batch.images.data()),
                       {static_cast<int64_t>(batch.labels.size()), dataset_.channels,
                        dataset_.height, dataset_.width},
                       at::kByte);
}

void Trainer::train_step(const data::Batch& batch) {
  const auto shards = divide_checked(batch, step_);
  const at::Tensor pixels = pixels_of(batch);
  const at::Tensor classes =
      at::tensor(std::vector<int64_t>(batch.labels.begin(), batch.labels.end()));
  const double value =
      shards ? backward_by_shard(pixels, classes, shards) : backward(pixels, classes);
  if (!std::isfinite(value)) {
    const std::string where =
        find_not_finite(graph_, pixels, std::vector(graph_.nodes().size(), phase_of(steps_done())));
    throw Diverged("the loss is " + std::string(std::isnan(value) ? "not a number" : "infinite") +
                   (where.empty() ? "" : ", " + where));
  }
  optimizer_->step(rate_at(step_));
  if (average_) {
    average_->update();
  }

  step_loss_ = value;
  const int64_t count = images_of(step_);
  loss_sum_ += value * static_cast<double>(count);
  images_ += count;
  ++step_;
}

std::shared_ptr<const ops::Shards> Trainer::divide(int64_t images) const {
  if (options_.shards == 1 && ranks().size() == 1) {
    return nullptr;
  }
  if (images < options_.shards) {  // too few for all: each rank computes the step by itself
    return std::make_shared<ops::Shards>(images, 1, alone_);
  }
  return std::make_shared<ops::Shards>(images, options_.shards, ranks());
}

double Trainer::backward(const at::Tensor& pixels, const at::Tensor& classes) {
  const at::Tensor loss =
      loss_of(logits_of(pixels, phase_of(steps_done()), {}), classes, answers_of(pixels, {}));
  const auto value = loss.item<double>();
  if (std::isfinite(value)) {
    const double scale = optimizer_->loss_scale();
    (scale == 1 ? loss : loss * scale).backward();
  }
  return value;
}

double Trainer::backward_by_shard(const at::Tensor& pixels, const at::Tensor& classes,
                                  const std::shared_ptr<const ops::Shards>& shards) {
  const at::Tensor logits = logits_of(pixels, phase_of(steps_done()), shards);
  const at::Tensor answers = answers_of(pixels, shards);
  std::vector<double> values(static_cast<size_t>(shards->count()));
  std::vector<std::span<double>> parts;
  std::vector<at::Tensor> gradients;
  for (int shard = 0; shard < shards->count(); ++shard) {
    const auto part = [&](const at::Tensor& t) {
      return t.defined() ? t.narrow(0, shards->begin(shard), shards->size(shard)) : t;
    };
    const at::Tensor own = part(logits.detach()).clone().requires_grad_();
    const double share =
        static_cast<double>(shards->size(shard)) / static_cast<double>(shards->all_images());
    const at::Tensor loss = loss_of(own, part(classes), part(answers));
    (loss * (share * optimizer_->loss_scale())).backward();
    gradients.push_back(own.grad());
    values[shard] = loss.item<double>() * share;
    parts.emplace_back(&values[shard], 1);
  }
  shards->add_up(parts);
  if (std::isfinite(values.front())) {
    logits.backward(at::cat(gradients));
  }
  return values.front();
}

Communicator& Trainer::ranks() const { return parts_.ranks != nullptr ? *parts_.ranks : alone_; }

bool Trainer::any_rank_stops(bool stops) const {
  float any = stops ? 1.0F : 0.0F;
  if (parts_.ranks != nullptr) {
    max_over_ranks(*parts_.ranks, {&any, 1});
  }
  return any > 0;
}

at::Tensor Trainer::logits_of(const at::Tensor& pixels, quant::Pass pass,
                              const std::shared_ptr<const ops::Shards>& shards) {
  try {
    return graph_.forward(pixels, pass, shards);
  } catch (const Error& error) {
    if (epoch_ == 0 && step_ == 0) {
      throw;
    }
    // The network computed before: training has moved its numbers beyond what codes can hold.
    throw Diverged(error.what());
  }
}

at::Tensor Trainer::answers_of(const at::Tensor& pixels,
                               const std::shared_ptr<const ops::Shards>& shards) {
  if (parts_.teacher == nullptr) {
    return {};
  }
  const at::NoGradGuard no_grad;
  return parts_.teacher->forward(pixels, quant::Pass::kFloat, shards);
}

at::Tensor Trainer::loss_of(const at::Tensor& logits, const at::Tensor& classes,
                            const at::Tensor& answers) const {
  const at::Tensor loss =
      parts_.loss ? parts_.loss(logits, classes)
                  : at::cross_entropy_loss(logits, classes, /*weight=*/{}, at::Reduction::Mean,
                                           /*ignore_index=*/-1, options_.label_smoothing);
  if (parts_.teacher == nullptr) {
    return loss;
  }
  const Distillation& distillation = options_.distillation;
  return (1 - distillation.share) * loss +
         distillation.share * distillation_loss(logits, answers, distillation.temperature);
}

double Trainer::rate_at(int64_t step_of_epoch) const {
  const int64_t step = epoch_ * steps_ + step_of_epoch;
  const double rate = learning_rate(options_.schedule, step, steps_, options_.epochs);
  const bool is_frozen = phase_of(step) >= quant::Pass::kBatchNormFrozen && has_batch_norm(graph_);
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
              " lie outside a training of " + counted(options_.epochs, "epoch") + " with " +
              counted(steps_, "step"));
  const int64_t images = state["images"].integer();
  const double loss_sum = state["loss_sum"].number();
  require(images >= 0 && (images > 0) == (step > 0) && std::isfinite(loss_sum),
          state.where() + ": a loss of " + std::to_string(loss_sum) + " over " +
              counted(images, "image") + " is none after " + counted(step, "step"));
  epoch_ = static_cast<int>(epoch);
  step_ = step;
  images_ = images;
  loss_sum_ = loss_sum;
  optimizer_->load_state(state["momentum"]);
  require((average_ != nullptr) == state.has("average"),
          state.where() + ": was saved " + (average_ ? "without" : "with") +
              " a weight average, and the training is " + (average_ ? "with" : "without") + " one");
  if (average_) {
    average_->load_state(state["average"]);
  }
}

}  // namespace floatsd::train
