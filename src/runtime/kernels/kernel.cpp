#include "kernel.h"

#include <utility>

#include "convolution_op.h"
#include "layout.h"
#include "reference.h"
#include "weightless_ops.h"

namespace floatsd::runtime::kernels {
namespace {

/// What no fast kernel takes: grouped convolutions that are not depthwise.
class ReferenceOp final : public Kernel {
 public:
  ReferenceOp(Op op, const ActivationShape& in, const ActivationShape& out,
              int32_t input_zero_point)
      : op_(std::move(op)), in_(in), out_(out), zero_point_(input_zero_point) {}

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch& /*scratch*/) const override {
    const auto in_size = static_cast<size_t>(in_.size());
    const auto out_size = static_cast<size_t>(out_.size());
    std::vector<uint8_t> chw_input(in_size);
    std::vector<uint8_t> chw_output(out_size);
    for (size_t n = 0; n < inputs[0].size() / in_size; ++n) {
      to_chw(in_, inputs[0].subspan(n * in_size, in_size), chw_input);
      const Operand operand{in_, chw_input, zero_point_};
      run_reference(op_, {&operand, 1}, out_, chw_output);
      to_hwc(out_, chw_output, output.subspan(n * out_size, out_size));
    }
  }

 private:
  Op op_;
  ActivationShape in_, out_;
  int32_t zero_point_;
};

}  // namespace

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
  if (ConvolutionOp::fits(op)) {
    return std::make_unique<ConvolutionOp>(op, in, out, zero_point);
  }
  return std::make_unique<ReferenceOp>(op, in, out, zero_point);
}

}  // namespace floatsd::runtime::kernels
