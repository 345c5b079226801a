#include "floatsd/ops/codes.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "ops/kernels.h"
#include "ops/record.h"
#include "ops/rows.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct FromBytes : torch::autograd::Function<FromBytes> {
  static at::Tensor forward(AutogradContext* /*context*/, const at::Tensor& /*edge*/,
                            const at::Tensor& bytes, int64_t zero_point) {
    const at::Tensor values = at::empty_like(bytes, at::kFloat);
    FLOATSD_RECORD("floatsd::from_bytes", bytes, values);
    kernels::from_bytes({bytes.const_data_ptr<uint8_t>(), static_cast<size_t>(bytes.numel())},
                        static_cast<int32_t>(zero_point), values.mutable_data_ptr<float>());
    return values;
  }

  static variable_list backward(AutogradContext* /*context*/, const variable_list& gradients) {
    return {gradients[0], {}, {}};
  }
};

struct ToEdge : torch::autograd::Function<ToEdge> {
  static at::Tensor forward(AutogradContext* /*context*/, const at::Tensor& values) {
    return make_edge(values.sizes());
  }

  static variable_list backward(AutogradContext* /*context*/, const variable_list& gradients) {
    return gradients;
  }
};

}  // namespace

at::Tensor make_edge(at::IntArrayRef sizes) {
  return at::empty_strided(sizes, std::vector<int64_t>(sizes.size(), 0), at::kFloat);
}

at::Tensor code_values(const Codes& codes, int32_t zero_point) {
  return FromBytes::apply(codes.edge, codes.bytes, int64_t{zero_point});
}

Codes to_codes(const at::Tensor& values, int32_t zero_point) {
  const at::Tensor dense = as_rows(values.detach());
  const at::Tensor bytes = at::empty_like(dense, at::kByte);
  FLOATSD_RECORD("floatsd::to_bytes", dense, bytes);
  kernels::to_bytes({dense.const_data_ptr<float>(), static_cast<size_t>(dense.numel())}, zero_point,
                    bytes.mutable_data_ptr<uint8_t>());
  return {bytes, ToEdge::apply(values)};
}

}  // namespace floatsd::ops
