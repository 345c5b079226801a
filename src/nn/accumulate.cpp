#include "accumulate.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "floatsd/quant/kernels.h"
#include "floatsd/quant/record.h"

namespace floatsd::nn {
namespace {

namespace kernels = quant::kernels;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor to_bytes(const at::Tensor& codes, int32_t zero_point) {
  const at::Tensor dense = codes.contiguous(codes.suggest_memory_format());
  const at::Tensor bytes = at::empty_like(dense, at::kByte);
  FLOATSD_RECORD("floatsd::to_bytes", dense, bytes);
  kernels::to_bytes({dense.const_data_ptr<float>(), static_cast<size_t>(dense.numel())}, zero_point,
                    bytes.mutable_data_ptr<uint8_t>());
  return bytes;
}

at::Tensor from_bytes(const at::Tensor& bytes, int32_t zero_point) {
  const at::Tensor codes = at::empty_like(bytes, at::kFloat);
  FLOATSD_RECORD("floatsd::from_bytes", bytes, codes);
  kernels::from_bytes({bytes.const_data_ptr<uint8_t>(), static_cast<size_t>(bytes.numel())},
                      zero_point, codes.mutable_data_ptr<float>());
  return codes;
}

struct Accumulate : torch::autograd::Function<Accumulate> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& codes,
                            const at::Tensor& levels, const Layer* layer, int64_t zero_point,
                            at::ScalarType type) {
    context->save_for_backward({to_bytes(codes, static_cast<int32_t>(zero_point)), levels});
    context->saved_data["layer"] = reinterpret_cast<int64_t>(layer);
    context->saved_data["zero_point"] = zero_point;
    return layer->apply(codes.to(type), levels.to(type));
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto* layer = reinterpret_cast<const Layer*>(context->saved_data["layer"].toInt());
    const auto zero_point = static_cast<int32_t>(context->saved_data["zero_point"].toInt());
    const auto [codes, levels] =
        layer->apply_backward(gradients[0].to(at::kFloat), from_bytes(saved[0], zero_point),
                              saved[1], context->needs_input_grad(0));
    return {codes, levels, {}, {}, {}};
  }
};

}  // namespace

at::Tensor accumulate(const Layer& layer, const Signal& input, const at::Tensor& levels,
                      at::ScalarType type) {
  if (!at::GradMode::is_enabled()) {
    return layer.apply(input.values.to(type), levels.to(type));
  }
  return Accumulate::apply(input.values, levels, &layer, int64_t{input.qparams->zero_point}, type);
}

}  // namespace floatsd::nn
