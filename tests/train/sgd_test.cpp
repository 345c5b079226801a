#include "train/sgd.h"

#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;
using train::Sgd;
using train::SgdKind;
using train::SgdOptions;
using train::WeightDecayOn;

namespace {

/// A weight [1, 1] and a bias [1], both 1.
struct Parameters {
  at::Tensor weight = at::ones({1, 1}).set_requires_grad(true);
  at::Tensor bias = at::ones({1}).set_requires_grad(true);

  [[nodiscard]] std::vector<at::Tensor> all() const { return {weight, bias}; }
  /// A step of rate 0.1 with gradient 0.5 for both.
  void step(Sgd& sgd) const {
    weight.mutable_grad() = at::full({1, 1}, 0.5F);
    bias.mutable_grad() = at::full({1}, 0.5F);
    sgd.step(0.1);
  }
  void check(double expected_weight, double expected_bias) const {
    CHECK(weight.item<double>() == Approx(expected_weight));
    CHECK(bias.item<double>() == Approx(expected_bias));
  }
};

}  // namespace

TEST_CASE("Without momentum a step is the rate times the gradient", "[sgd]") {
  at::Tensor w = at::tensor({1.0F, 2.0F}).requires_grad_();
  train::Sgd sgd({w}, {.momentum = 0, .weight_decay = 0});
  for (int i = 0; i < 2; ++i) {
    (w * at::tensor({4.0F, -8.0F})).sum().backward();
    sgd.step(0.25);
  }
  CHECK(at::equal(w.detach(), at::tensor({-1.0F, 6.0F})));
}

TEST_CASE("Nesterov's momentum moves by the gradient a momentum step ahead", "[sgd]") {
  const Parameters parameters;
  Sgd sgd(parameters.all(), {.momentum = 0.5, .weight_decay = 0});
  parameters.step(sgd);  // v = 0.5, g + 0.5 v = 0.75
  parameters.check(0.925, 0.925);
  parameters.step(sgd);  // v = 0.75, g + 0.5 v = 0.875
  parameters.check(0.8375, 0.8375);
}

TEST_CASE("Plain momentum moves by the velocity", "[sgd]") {
  const Parameters parameters;
  Sgd sgd(parameters.all(), {.kind = SgdKind::kMomentum, .momentum = 0.5, .weight_decay = 0});
  parameters.step(sgd);  // v = 0.5
  parameters.check(0.95, 0.95);
  parameters.step(sgd);  // v = 0.75
  parameters.check(0.875, 0.875);
}

TEST_CASE("Weight decay pulls every parameter, or weights alone", "[sgd]") {
  SgdOptions options{.kind = SgdKind::kMomentum, .momentum = 0.5, .weight_decay = 0.1};
  const Parameters every;
  Sgd on_all(every.all(), options);
  every.step(on_all);  // g = 0.5 + 0.1 * 1
  every.check(0.94, 0.94);

  options.weight_decay_on = WeightDecayOn::kWeights;
  const Parameters some;
  Sgd on_weights(some.all(), options);
  some.step(on_weights);
  some.check(0.94, 0.95);
}

TEST_CASE("A step leaves no gradient behind", "[sgd]") {
  const Parameters parameters;
  Sgd sgd(parameters.all(), {});
  parameters.step(sgd);
  CHECK_FALSE(parameters.weight.grad().defined());
  CHECK_FALSE(parameters.bias.grad().defined());
}

TEST_CASE("A parameter without a gradient stands, even an infinite one", "[sgd]") {
  const at::Tensor moved = at::ones({2}).requires_grad_();
  const at::Tensor unused = at::tensor({1.0F, INFINITY}).requires_grad_();
  Sgd sgd({unused, moved}, {.weight_decay = 0.5});
  for (int step = 0; step < 2; ++step) {
    moved.sum().backward();
    sgd.step(0.1);
  }
  const at::Tensor alone = at::ones({2}).requires_grad_();
  Sgd other({alone}, {.weight_decay = 0.5});
  for (int step = 0; step < 2; ++step) {
    alone.sum().backward();
    other.step(0.1);
  }
  CHECK(at::equal(moved, alone));
  CHECK(alone[0].item<float>() < 1);
  CHECK(at::equal(unused, at::tensor({1.0F, INFINITY})));
}

TEST_CASE("Velocities are saved in the parameters' order, and others are refused", "[sgd]") {
  const Parameters parameters;
  Sgd sgd({parameters.bias, parameters.weight}, {.weight_decay_on = WeightDecayOn::kWeights});
  parameters.step(sgd);
  const serialize::Value saved = sgd.state();
  const serialize::Field field(saved, "momentum");
  CHECK(field[size_t{0}].tensor().dim() == 1);
  CHECK(field[size_t{1}].tensor().dim() == 2);

  Sgd other(parameters.all(), {});
  CHECK_THROWS_WITH(other.load_state(field),
                    "momentum: item 0: not a tensor of the parameter's shape");
  Sgd shorter({parameters.bias}, {});
  CHECK_THROWS_WITH(shorter.load_state(field), "momentum: 2 tensors, expected 1");
}

TEST_CASE("Names and numbers that cannot be are refused by the option's name", "[sgd]") {
  for (const SgdKind kind : {SgdKind::kNesterov, SgdKind::kMomentum}) {
    CHECK(train::parse_sgd_kind(to_string(kind)) == kind);
  }
  for (const WeightDecayOn which : {WeightDecayOn::kAll, WeightDecayOn::kWeights}) {
    CHECK(train::parse_weight_decay_on(to_string(which)) == which);
  }
  CHECK_THROWS_WITH(train::parse_sgd_kind("adam"),
                    "opt 'adam' is unknown, expected one of: nesterov, momentum");
  CHECK_THROWS_WITH(train::parse_weight_decay_on("weight"),
                    "weight-decay-on 'weight' is unknown: did you mean 'weights'?");
  CHECK_THROWS_WITH(train::check(SgdOptions{.momentum = 1}),
                    "momentum: 1.000000, expected at least 0 and below 1");
  CHECK_THROWS_WITH(train::check(SgdOptions{.weight_decay = -1}),
                    "weight-decay: -1.000000, expected 0 or more");
  CHECK_THROWS_AS(train::check(SgdOptions{.weight_decay = NAN}), Error);
}
