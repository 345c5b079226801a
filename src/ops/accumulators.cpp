#include "ops/accumulators.h"

#include <ATen/ATen.h>

#include <utility>

#include "ops/blocks.h"
#include "ops/rows.h"

namespace floatsd::ops {
namespace {

class TensorSource final : public AccumulatorSource {
 public:
  explicit TensorSource(const at::Tensor& tensor) : tensor_(as_rows(tensor)) {}

  [[nodiscard]] kernels::Rows shape() const override { return rows(tensor_); }
  [[nodiscard]] int64_t blocks() const override { return kernels::Blocks(shape()).count; }
  void for_each_block(const Visit& visit) const override {
    const auto* acc = tensor_.const_data_ptr<float>();
    kernels::Blocks(shape()).for_each([&](int64_t block, int64_t first, int64_t rows) {
      visit(block, first, rows, acc + first * shape().channels);
    });
  }

 private:
  at::Tensor tensor_;
};

}  // namespace

Accumulators accumulators_of(const at::Tensor& tensor) {
  return {std::make_shared<TensorSource>(tensor.detach()), tensor};
}

}  // namespace floatsd::ops
