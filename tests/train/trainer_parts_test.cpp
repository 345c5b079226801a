#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <memory>
#include <vector>

#include "catch.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/serialize/field.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/network_spec.h"
#include "floatsd/train/trainer.h"
#include "tiny_images.h"

using namespace floatsd;

namespace {

nn::Graph float_lenet() {
  at::manual_seed(11);
  return train::make_graph({.architecture = models::make_architecture("lenet")});
}

/// w -= rate * sign(gradient) / 50.
class SignDescent : public train::Optimizer {
 public:
  explicit SignDescent(std::vector<at::Tensor> parameters) : parameters_(std::move(parameters)) {}
  void step(double rate) override {
    const at::NoGradGuard no_grad;
    for (at::Tensor& parameter : parameters_) {
      parameter.sub_(parameter.grad().sign(), rate / 50);
      parameter.mutable_grad().reset();
    }
  }
  [[nodiscard]] serialize::Value state() const override { return {}; }
  void load_state(const serialize::Field& /*state*/) override {}

 private:
  std::vector<at::Tensor> parameters_;
};

/// The data set in its own order.
class InOrder : public data::BatchSource {
 public:
  InOrder(const data::Dataset& images, int64_t batch, int64_t first_step)
      : images_(images), batch_(batch), step_(first_step) {}
  data::Batch next() override {
    const int64_t size = images_.image_size();
    const int64_t begin = step_++ * batch_;
    data::Batch batch;
    batch.images.assign(images_.images.begin() + begin * size,
                        images_.images.begin() + (begin + batch_) * size);
    batch.labels.assign(images_.labels.begin() + begin, images_.labels.begin() + begin + batch_);
    return batch;
  }

 private:
  const data::Dataset& images_;
  int64_t batch_, step_;
};

}  // namespace

TEST_CASE("A trainer learns with an optimizer and batches of one's own", "[train]") {
  const data::Dataset images = tiny_images(160);
  nn::Graph graph = float_lenet();
  int64_t epochs_begun = 0;
  train::TrainerParts parts;
  parts.optimizer = [](const std::vector<at::Tensor>& parameters) {
    return std::make_unique<SignDescent>(parameters);
  };
  parts.batches = [&](int64_t /*epoch*/, int64_t first_step) {
    ++epochs_begun;
    return std::make_unique<InOrder>(images, 16, first_step);
  };
  train::Trainer trainer(graph, images,
                         {.epochs = 10, .batch_size = 16, .schedule = {.peak = 0.05}}, parts);
  while (!trainer.done()) {
    trainer.run_epoch();
  }
  CHECK(epochs_begun == 10);
  CHECK(train::evaluate(graph, images, quant::Pass::kFloat).correct >= 150);
}

TEST_CASE("A trainer minimizes a loss of one's own", "[train]") {
  const data::Dataset images = tiny_images(160);
  nn::Graph graph = float_lenet();
  train::TrainerParts parts;
  parts.loss = [](const at::Tensor& logits, const at::Tensor& classes) {
    const at::Tensor mirrored = 9 - classes;  // every class is taken for another one
    return at::cross_entropy_loss(logits, mirrored);
  };
  train::Trainer trainer(graph, images,
                         {.epochs = 15, .batch_size = 16, .schedule = {.peak = 0.03}}, parts);
  while (!trainer.done()) {
    trainer.run_epoch();
  }
  CHECK(train::evaluate(graph, images, quant::Pass::kFloat).correct <= 15);
  data::Dataset mirrored = images;
  for (uint16_t& label : mirrored.labels) {
    label = static_cast<uint16_t>(9 - label);
  }
  CHECK(train::evaluate(graph, mirrored, quant::Pass::kFloat).correct >= 145);
}
