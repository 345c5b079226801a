#include "runtime/kernels/kernel.h"

#include "runtime/operators/operator_kind.h"

namespace floatsd::runtime::kernels {

std::unique_ptr<const Kernel> make_kernel(const Program& program, size_t index,
                                          const std::vector<ActivationShape>& shapes) {
  const Op& op = program.ops[index];
  return kind_of(op).make_kernel({program, op, input_shapes(program, op, shapes)}, shapes[index]);
}

}  // namespace floatsd::runtime::kernels
