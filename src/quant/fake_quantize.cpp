#include "floatsd/quant/fake_quantize.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>
#include <span>

#include "floatsd/quant/kernels.h"
#include "floatsd/quant/reference.h"

namespace floatsd::quant {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool kernel_serves(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.is_contiguous();
}

kernels::Planes planes(const at::Tensor& t) {
  const int64_t images_and_channels = t.size(0) * t.size(1);
  return {t.size(0), t.size(1), images_and_channels == 0 ? 0 : t.numel() / images_and_channels};
}

at::Tensor levels_of(const at::Tensor& weights, const at::Tensor& scales,
                     const Codebook& codebook) {
  if (!kernel_serves(weights)) {
    return reference::nearest_levels(weights, scales, codebook);
  }
  at::Tensor levels = at::empty_like(weights);
  const int64_t rows = scales.numel();
  const int64_t row = weights.numel() / rows;
  const auto* scale = scales.const_data_ptr<float>();
  at::parallel_for(0, rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const auto length = static_cast<size_t>(row);
      kernels::nearest_levels({weights.const_data_ptr<float>() + r * row, length}, scale[r],
                              codebook, {levels.mutable_data_ptr<float>() + r * row, length});
    }
  });
  return levels;
}

std::pair<at::Tensor, at::Tensor> codes_of(const at::Tensor& acc, const Requantize& constants) {
  if (!kernel_serves(acc)) {
    return reference::output_codes(acc, constants);
  }
  at::Tensor codes = at::empty_like(acc, at::kFloat);
  at::Tensor mask = at::empty_like(acc, at::kBool);
  auto* passes = reinterpret_cast<uint8_t*>(mask.mutable_data_ptr<bool>());
  auto* out = codes.mutable_data_ptr<float>();
  if (acc.scalar_type() == at::kDouble) {
    kernels::output_codes(planes(acc), acc.const_data_ptr<double>(), constants, out, passes);
  } else {
    kernels::output_codes(planes(acc), acc.const_data_ptr<float>(), constants, out, passes);
  }
  return {codes, mask};
}

std::pair<at::Tensor, at::Tensor> gradients_of(const at::Tensor& gradient, const at::Tensor& mask,
                                               const Requantize& constants) {
  if (!kernel_serves(gradient) || !kernel_serves(mask)) {
    return reference::output_gradients(gradient, mask, constants);
  }
  at::Tensor accumulator_gradient = at::empty_like(gradient);
  at::Tensor bias_gradient = gradient.new_empty({gradient.size(1)});
  kernels::output_gradients(planes(gradient), gradient.const_data_ptr<float>(),
                            reinterpret_cast<const uint8_t*>(mask.const_data_ptr<bool>()),
                            constants, accumulator_gradient.mutable_data_ptr<float>(),
                            bias_gradient.mutable_data_ptr<float>());
  return {accumulator_gradient, bias_gradient};
}

struct QuantizeWeights : torch::autograd::Function<QuantizeWeights> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& weights,
                            const at::Tensor& scales, const Codebook* codebook) {
    context->save_for_backward({weights, scales});
    context->saved_data["clip"] = double{codebook->clip};
    return levels_of(weights, scales, *codebook);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    std::vector<int64_t> shape(saved[0].dim(), 1);
    shape[0] = -1;
    const at::Tensor scales = saved[1].reshape(shape);
    const at::Tensor inside = saved[0].abs() / scales < context->saved_data["clip"].toDouble();
    return {gradients[0] / scales * inside, at::Tensor(), at::Tensor()};
  }
};

struct QuantizeOutputs : torch::autograd::Function<QuantizeOutputs> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& acc,
                            const at::Tensor& /*bias*/,
                            std::shared_ptr<const Requantize> constants) {
    auto [codes, mask] = codes_of(acc, *constants);
    context->save_for_backward({mask});
    context->saved_data["constants"] = c10::IValue::make_capsule(
        c10::make_intrusive<Constants>(std::move(constants)));
    context->saved_data["double"] = acc.scalar_type() == at::kDouble;
    return codes;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto constants = c10::static_intrusive_pointer_cast<Constants>(
        context->saved_data["constants"].toCapsule());
    auto [acc, bias] = gradients_of(gradients[0].contiguous(), context->get_saved_variables()[0],
                                    *constants->value);
    if (context->saved_data["double"].toBool()) {
      acc = acc.to(at::kDouble);
    }
    return {acc, bias, at::Tensor()};
  }

  /// Requantize as something that an autograd context can hold.
  struct Constants : torch::CustomClassHolder {
    explicit Constants(std::shared_ptr<const Requantize> v) : value(std::move(v)) {}
    std::shared_ptr<const Requantize> value;
  };
};

}  // namespace

at::Tensor quantize_weights(const at::Tensor& weights, const at::Tensor& scales,
                            const Codebook& codebook) {
  return QuantizeWeights::apply(weights, scales, &codebook);
}

at::Tensor quantize_outputs(const at::Tensor& accumulators, const at::Tensor& bias,
                            const Requantize& constants) {
  return QuantizeOutputs::apply(accumulators, bias, std::make_shared<const Requantize>(constants));
}

Range channel_range(const at::Tensor& accumulators) {
  const at::Tensor acc = accumulators.detach();
  if (!kernel_serves(acc)) {
    std::vector<int64_t> others = {0};
    for (int64_t d = 2; d < acc.dim(); ++d) {
      others.push_back(d);
    }
    return {at::amin(acc, others).to(at::kFloat), at::amax(acc, others).to(at::kFloat)};
  }
  Range range{acc.new_empty({acc.size(1)}, at::kFloat), acc.new_empty({acc.size(1)}, at::kFloat)};
  auto* min = range.min.mutable_data_ptr<float>();
  auto* max = range.max.mutable_data_ptr<float>();
  if (acc.scalar_type() == at::kDouble) {
    kernels::channel_range(planes(acc), acc.const_data_ptr<double>(), min, max);
  } else {
    kernels::channel_range(planes(acc), acc.const_data_ptr<float>(), min, max);
  }
  return range;
}

}  // namespace floatsd::quant
