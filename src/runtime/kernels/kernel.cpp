#include "kernel.h"

#include "convolution_op.h"
#include "weightless_ops.h"

namespace floatsd::runtime::kernels {
std::unique_ptr<const Kernel> make_kernel(const Program& program, size_t index,
                                          const std::vector<ActivationShape>& shapes) {
  const Op& op = program.ops[index];
  const ActivationShape& in = input_shape(program, op, shapes);
  const ActivationShape& out = shapes[index];
  const int32_t zero_point = input_qparams(program, op).zero_point;
  if (const auto* add = std::get_if<Add>(&op.body)) {
    return std::make_unique<AddOp>(*add, zero_point, input_qparams(program, op, 1).zero_point);
  }
  if (const auto* pool = std::get_if<GlobalAveragePool>(&op.body)) {
    return std::make_unique<GlobalAveragePoolOp>(*pool, in, zero_point);
  }
  if (const auto* downsample = std::get_if<Downsample>(&op.body)) {
    return std::make_unique<DownsampleOp>(*downsample, in, out, zero_point);
  }
  return std::make_unique<ConvolutionOp>(op, in, out, zero_point);
}

}  // namespace floatsd::runtime::kernels
