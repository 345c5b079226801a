#include "train/single_trigger.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <string>

#include "core/minifloat.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "ops/round_signals.h"

namespace floatsd::train {
namespace {

std::vector<at::Tensor> without_weights(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> others;
  std::copy_if(parameters.begin(), parameters.end(), std::back_inserter(others),
               [](const at::Tensor& parameter) { return parameter.dim() < 2; });
  return others;
}

/// Elements in memory order; those of tensors made alike lie alike.
template <typename T>
std::span<T> elements(const at::Tensor& tensor) {
  return {tensor.mutable_data_ptr<T>(), static_cast<size_t>(tensor.numel())};
}

/// What offset_for gives for floats of any size.
constexpr int64_t kSmallestOffset = -104, kLargestOffset = 174;

/// That brings the form's largest value at exponent 0 to the bound, to between half of it and all
/// of it.
int offset_for(const DigitForm& form, double bound) {
  const double unit = largest_value(form, form.digit_count());
  return form.digit_count() - static_cast<int>(std::floor(std::log2(bound / unit)));
}

double kaiming_bound(const at::Tensor& weight) {
  const auto fan_in = static_cast<double>(weight.numel() / weight.size(0));
  return std::sqrt(6 / fan_in);  // sqrt(3) times the gain of a ReLU, sqrt(2)
}

}  // namespace

SingleTrigger::SingleTrigger(const std::vector<at::Tensor>& parameters, SgdOptions sgd,
                             const DigitForm& digits, SingleTriggerOptions options)
    : options_(sgd), form_(digits), single_(options), others_(without_weights(parameters), sgd) {
  const at::NoGradGuard no_grad;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.dim() < 2) {
      continue;
    }
    Weights weights{.parameter = parameter,
                    .groups = at::empty_like(parameter, at::kInt),
                    .values = at::empty_like(parameter),
                    .velocity = at::zeros_like(parameter)};
    options.start == StartOfDigits::kDrawn ? draw(weights) : take(weights);
    write_values(weights);
    weights_.push_back(std::move(weights));
  }
}

void SingleTrigger::draw(Weights& weights) const {
  weights.offset = offset_for(form_, kaiming_bound(weights.parameter));
  weights.groups.zero_();
  for (const int digits : form_.digits) {
    weights.groups.mul_(8).add_(at::randint_like(weights.groups, 2 * digits + 1));
  }
}

void SingleTrigger::take(Weights& weights) const {
  const auto largest = weights.parameter.abs().max().item<double>();
  weights.offset = offset_for(form_, largest > 0 ? largest : kaiming_bound(weights.parameter));
  const std::span<float> from = elements<float>(weights.parameter);
  const std::span<int32_t> groups = elements<int32_t>(weights.groups);
  for (size_t i = 0; i < groups.size(); ++i) {
    groups[i] = static_cast<int32_t>(pack_groups(nearest_groups(form_, from[i], weights.offset)));
  }
}

void SingleTrigger::write_values(Weights& weights) const {
  const std::span<int32_t> groups = elements<int32_t>(weights.groups);
  const std::span<float> values = elements<float>(weights.values);
  const std::span<float> computing = elements<float>(weights.parameter);
  for (size_t i = 0; i < groups.size(); ++i) {
    const DigitGroups weight = unpack_groups(form_, static_cast<uint32_t>(groups[i]));
    values[i] = static_cast<float>(value_of(form_, weight, weights.offset));
    computing[i] =
        static_cast<float>(value_of(form_, weight, weights.offset, form_.computing_groups));
  }
}

void SingleTrigger::step(double rate) {
  const at::NoGradGuard no_grad;
  for (Weights& weights : weights_) {
    step(weights, rate);
  }
  others_.step(rate);
}

void SingleTrigger::step(Weights& weights, double rate) const {
  static const Minifloat& gradient_format = find_minifloat("fp8-1-5-2");
  if (!weights.parameter.grad().defined()) {
    return;
  }
  const at::Tensor gradient =
      ops::rounded(weights.parameter.grad(), gradient_format, Overflow::kInfinite);
  weights.parameter.mutable_grad().reset();
  if (!gradient.isfinite().all().item<bool>()) {
    throw Diverged("a weight's gradient is beyond 224, the largest of " + gradient_format.name);
  }
  const at::Tensor g = gradient + weights.values * options_.weight_decay;
  weights.velocity.mul_(options_.momentum).add_(g);
  const at::Tensor direction = options_.kind == SgdKind::kNesterov
                                   ? g + weights.velocity * options_.momentum
                                   : weights.velocity;
  const at::Tensor update = at::empty_like(weights.parameter).copy_(direction * -rate);

  const std::span<float> by = elements<float>(update);
  const std::span<int32_t> groups = elements<int32_t>(weights.groups);
  for (size_t i = 0; i < groups.size(); ++i) {
    const DigitGroups before = unpack_groups(form_, static_cast<uint32_t>(groups[i]));
    groups[i] = static_cast<int32_t>(pack_groups(single_trigger_update(
        form_, before, weights.offset, by[i], single_.trigger, single_.carry)));
  }
  write_values(weights);
}

serialize::Value SingleTrigger::state() const {
  serialize::List weights;
  for (const Weights& entry : weights_) {
    serialize::Dict record;
    record.add("groups", entry.groups);
    record.add("offset", entry.offset);
    record.add("velocity", entry.velocity);
    weights.items.emplace_back(std::move(record));
  }
  serialize::Dict state;
  state.add("digits", form_.name);
  state.add("weights", std::move(weights));
  state.add("others", others_.state());
  return state;
}

void SingleTrigger::load_state(const serialize::Field& state) {
  require(state["digits"].string() == form_.name,
          state["digits"].where() + ": " + state["digits"].string() + ", expected " + form_.name);
  const serialize::Field saved = state["weights"];
  require(saved.size() == weights_.size(), saved.where() + ": " + std::to_string(saved.size()) +
                                               " tensors, expected " +
                                               std::to_string(weights_.size()));
  for (size_t i = 0; i < weights_.size(); ++i) {
    check_state(weights_[i], saved[i]);
  }
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < weights_.size(); ++i) {
    weights_[i].groups.copy_(saved[i]["groups"].tensor());
    weights_[i].velocity.copy_(saved[i]["velocity"].tensor());
    weights_[i].offset = static_cast<int>(saved[i]["offset"].integer());
    write_values(weights_[i]);
  }
  others_.load_state(state["others"]);
}

void SingleTrigger::check_state(const Weights& weights, const serialize::Field& saved) const {
  const at::Tensor groups = saved["groups"].tensor().contiguous();
  const at::Tensor& velocity = saved["velocity"].tensor();
  require(groups.sizes() == weights.groups.sizes() && groups.scalar_type() == at::kInt &&
              velocity.sizes() == groups.sizes() && velocity.is_floating_point(),
          saved.where() + ": not the digit groups of the parameter's shape");
  const int64_t offset = saved["offset"].integer();
  require(offset >= kSmallestOffset && offset <= kLargestOffset,
          saved["offset"].where() + ": " + std::to_string(offset) + ", expected " +
              std::to_string(kSmallestOffset) + " to " + std::to_string(kLargestOffset));
  named(saved["groups"].where(), [&] {
    for (const int32_t group : elements<int32_t>(groups)) {
      static_cast<void>(unpack_groups(form_, static_cast<uint32_t>(group)));
    }
  });
}

}  // namespace floatsd::train
