#include "train/sgd.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/refuse.h"

namespace floatsd::train {

Sgd::Sgd(const std::vector<at::Tensor>& parameters, SgdOptions options) : options_(options) {
  decaying_.weight_decay = options.weight_decay;
  for (const at::Tensor& parameter : parameters) {
    const bool decays = options.weight_decay_on == WeightDecayOn::kAll || parameter.dim() >= 2;
    Group& group = decays ? decaying_ : others_;
    velocities_.push_back(at::zeros_like(parameter));
    group.parameters.push_back(parameter);
    group.velocities.push_back(velocities_.back());
  }
}

void Sgd::step(double rate) {
  const at::NoGradGuard no_grad;
  step(decaying_, rate);
  step(others_, rate);
}

void Sgd::step(Group& group, double rate) const {
  std::vector<at::Tensor> parameters;
  std::vector<at::Tensor> gradients;
  std::vector<at::Tensor> velocities;
  for (size_t i = 0; i < group.parameters.size(); ++i) {
    at::Tensor& gradient = group.parameters[i].mutable_grad();
    if (gradient.defined()) {
      parameters.push_back(group.parameters[i]);
      gradients.push_back(gradient);
      velocities.push_back(group.velocities[i]);
      gradient.reset();
    }
  }
  if (parameters.empty()) {
    return;
  }
  const bool has_momentum = options_.momentum > 0;  // without, ATen wants no velocities
  const bool nesterov = has_momentum && options_.kind == SgdKind::kNesterov;
  at::_fused_sgd_(parameters, gradients, has_momentum ? velocities : std::vector<at::Tensor>{},
                  group.weight_decay, options_.momentum, rate, /*dampening=*/0, nesterov,
                  /*maximize=*/false,
                  /*is_first_step=*/false);
}

serialize::Value Sgd::state() const {
  serialize::List state;
  for (const at::Tensor& velocity : velocities_) {
    state.items.emplace_back(velocity);
  }
  return state;
}

void Sgd::load_state(const serialize::Field& state) {
  require(state.size() == velocities_.size(), state.where() + ": " + std::to_string(state.size()) +
                                                  " tensors, expected " +
                                                  std::to_string(velocities_.size()));
  for (size_t i = 0; i < velocities_.size(); ++i) {
    const at::Tensor& saved = state[i].tensor();
    require(saved.sizes() == velocities_[i].sizes() && saved.is_floating_point(),
            state[i].where() + ": not a tensor of the parameter's shape");
    velocities_[i].copy_(saved);
  }
}

}  // namespace floatsd::train
