#include "runtime/kernels/reference.h"

namespace floatsd::runtime::kernels {
void run_reference(const Op& op, std::span<const Operand> inputs, const ActivationShape& out,
                   std::span<uint8_t> output) {
  const OperatorKind& kind = kind_of(op);
  size_t next = 0;
  for (int64_t c = 0; c < out.channels; ++c) {
    for (int64_t y = 0; y < out.height; ++y) {
      for (int64_t x = 0; x < out.width; ++x) {
        output[next++] = static_cast<uint8_t>(kind.output_code(op, inputs, c, y, x));
      }
    }
  }
}

std::vector<std::vector<uint8_t>> run_reference(const Program& program,
                                                std::span<const uint8_t> image) {
  const std::vector<ActivationShape> shapes = output_shapes(program);
  const std::vector<uint8_t> input = input_codes(program, image);
  std::vector<std::vector<uint8_t>> outputs;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const Op& op = program.ops[i];
    std::vector<Operand> operands;
    for (size_t k = 0; k < op.inputs.size(); ++k) {
      const int from = op.inputs[k];
      operands.push_back({input_shape(program, op, shapes, k),
                          from == kNetworkInput ? input : outputs[static_cast<size_t>(from)],
                          input_qparams(program, op, k).zero_point});
    }
    outputs.emplace_back(static_cast<size_t>(shapes[i].size()));
    run_reference(op, operands, shapes[i], outputs.back());
  }
  return outputs;
}

std::vector<uint8_t> input_codes(const Program& program, std::span<const uint8_t> image) {
  std::vector<uint8_t> codes(image.begin(), image.end());
  const auto plane = static_cast<size_t>(program.input_shape.height * program.input_shape.width);
  for (size_t i = 0; i < codes.size(); ++i) {
    codes[i] = input_code(program, i / plane, codes[i]);
  }
  return codes;
}

}  // namespace floatsd::runtime::kernels
