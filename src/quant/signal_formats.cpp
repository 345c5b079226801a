#include "floatsd/quant/signal_formats.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <cstddef>
#include <vector>

#include "floatsd/core/names.h"

namespace floatsd::quant {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

const std::string kFloat32 = "float32";
const std::array<std::string, 2> kSums = {"float32", "float16"};

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

Sums parse_sums(std::string_view name) { return static_cast<Sums>(find_name("sums", name, kSums)); }

std::string to_string(Sums sums) { return kSums[static_cast<size_t>(sums)]; }

const Minifloat* parse_signal_format(std::string_view name) {
  std::vector<std::string> names = {kFloat32};
  for (const Minifloat& format : minifloats()) {
    names.push_back(format.name);
  }
  const size_t found = find_name("signal format", name, names);
  return found == 0 ? nullptr : &minifloats()[found - 1];
}

std::string to_string(const Minifloat* signal_format) {
  return signal_format == nullptr ? kFloat32 : signal_format->name;
}

at::Tensor round_activations(const at::Tensor& x, const SignalFormats& formats) {
  return formats.activations == nullptr ? x : RoundForward::apply(x, formats.activations);
}

at::Tensor round_gradients(const at::Tensor& y, const SignalFormats& formats) {
  return formats.gradients == nullptr ? y : RoundBackward::apply(y, formats.gradients);
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

}  // namespace floatsd::quant
