#include "train/master_copy.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "core/minifloat.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "ops/fake_quantize.h"
#include "ops/round_signals.h"

namespace floatsd::train {
namespace {

std::vector<at::Tensor> copies_of(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& parameter : parameters) {
    copies.push_back(parameter.detach().clone().set_requires_grad(true));
  }
  return copies;
}

bool is_eight_bit(const DigitForm& digits) { return digits.name == "floatsd8"; }

}  // namespace

void LossScale::follow(bool finite) {
  if (!finite) {
    scale /= 2;
    clean_steps = 0;
  } else if (++clean_steps == kCleanSteps) {
    scale = std::min(2 * scale, kLargest);
    clean_steps = 0;
  }
}

MasterCopy::MasterCopy(const std::vector<at::Tensor>& parameters, SgdOptions sgd,
                       const DigitForm& digits, MasterPrecision precision)
    : precision_(precision),
      codebook_(find_codebook(is_eight_bit(digits) ? "floatsd8-e3g32" : "floatsd4-arithmetic")),
      top_exponent_(is_eight_bit(digits) ? 8 : 6),
      parameters_(parameters),
      masters_(copies_of(parameters)),
      sgd_(masters_, sgd) {
  write_weights();
}

bool MasterCopy::take_gradients() {
  static const Minifloat& format = find_minifloat("fp8-1-5-2");
  bool finite = true;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor gradient = parameters_[i].grad();
    parameters_[i].mutable_grad().reset();
    if (!gradient.defined()) {
      continue;  // Sgd leaves it as it is
    }
    if (gradient.dim() >= 2) {
      gradient = ops::rounded(gradient, format, Overflow::kInfinite);
    }
    finite = finite && gradient.isfinite().all().item<bool>();
    masters_[i].mutable_grad() = gradient / loss_scale_.scale;
  }
  return finite;
}

void MasterCopy::write_weights() {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor master = masters_[i].detach();
    if (master.dim() < 2) {
      parameters_[i].copy_(master);
      continue;
    }
    if (precision_ == MasterPrecision::kFloat16) {
      master.copy_(master.to(at::kHalf));
    }
    const auto largest = master.abs().max().item<float>();
    const int exponent = largest > 0 ? static_cast<int>(std::nearbyint(std::log2(largest))) : 0;
    const float scale = std::ldexp(1.0F, exponent - top_exponent_);
    parameters_[i].copy_(ops::quantize_weights(master, {scale}, codebook_) * scale);
  }
}

void MasterCopy::step(double rate) {
  constexpr double kSmallest = 0x1p-24;
  const bool finite = take_gradients();
  loss_scale_.follow(finite);
  if (loss_scale_.scale < kSmallest) {
    throw Diverged("gradients overflow at a loss scale of 2^-24 still");
  }
  if (finite) {
    sgd_.step(rate);
    write_weights();
  }
}

serialize::Value MasterCopy::state() const {
  serialize::List masters;
  for (const at::Tensor& master : masters_) {
    masters.items.emplace_back(master.detach());
  }
  serialize::Dict state;
  state.add("loss_scale", loss_scale_.scale);
  state.add("clean_steps", loss_scale_.clean_steps);
  state.add("masters", std::move(masters));
  state.add("momentum", sgd_.state());
  return state;
}

void MasterCopy::load_state(const serialize::Field& state) {
  const double scale = state["loss_scale"].number();
  const int64_t clean_steps = state["clean_steps"].integer();
  require(scale > 0 && scale <= LossScale::kLargest && clean_steps >= 0 &&
              clean_steps < LossScale::kCleanSteps,
          state.where() + ": loss scale " + std::to_string(scale) + " after " +
              std::to_string(clean_steps) + " clean steps, which no training leaves");
  const serialize::Field masters = state["masters"];
  require(masters.size() == masters_.size(),
          masters.where() + ": " + std::to_string(masters.size()) + " tensors, expected " +
              std::to_string(masters_.size()));
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < masters_.size(); ++i) {
    const at::Tensor& saved = masters[i].tensor();
    require(saved.sizes() == masters_[i].sizes() && saved.is_floating_point(),
            masters[i].where() + ": not a tensor of the parameter's shape");
    masters_[i].copy_(saved);
  }
  sgd_.load_state(state["momentum"]);
  loss_scale_ = {scale, clean_steps};
  write_weights();
}

}  // namespace floatsd::train
