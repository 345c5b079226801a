#include "ops/round_signals.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/minifloat.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

class RoundForward : public torch::autograd::Function<RoundForward> {
 public:
  static at::Tensor forward(AutogradContext*, const Variable& x, const Minifloat* format) {
    return rounded(x, *format, Overflow::kSaturate);
  }
  static variable_list backward(AutogradContext*, const variable_list& gradients) {
    return {gradients[0], Variable()};
  }
};

class RoundBackward : public torch::autograd::Function<RoundBackward> {
 public:
  static at::Tensor forward(AutogradContext* context, const Variable& y, const Minifloat* format) {
    context->saved_data["format"] = format->name;
    return y.view_as(y);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Minifloat& format = find_minifloat(context->saved_data["format"].toStringView());
    return {rounded(gradients[0], format, Overflow::kInfinite), Variable()};
  }
};

}  // namespace

at::Tensor round_activations(const at::Tensor& x, const Minifloat* format) {
  return format == nullptr ? x : RoundForward::apply(x, format);
}

at::Tensor round_gradients(const at::Tensor& y, const Minifloat* format) {
  return format == nullptr ? y : RoundBackward::apply(y, format);
}

at::Tensor rounded(const at::Tensor& x, const Minifloat& format, Overflow overflow) {
  constexpr int64_t kGrain = 1 << 14;
  const at::Tensor in = x.is_non_overlapping_and_dense() ? x.detach() : x.detach().contiguous();
  at::Tensor out = at::empty_like(in);
  const auto* from = in.const_data_ptr<float>();
  auto* into = out.mutable_data_ptr<float>();
  at::parallel_for(0, in.numel(), kGrain, [&](int64_t begin, int64_t end) {
    const auto count = static_cast<size_t>(end - begin);
    round_to(format, {from + begin, count}, {into + begin, count}, overflow);
  });
  return out;
}

}  // namespace floatsd::ops
