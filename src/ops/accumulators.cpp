#include "ops/accumulators.h"

#include <ATen/ATen.h>

#include <utility>

#include "ops/rows.h"

namespace floatsd::ops {
namespace {

class TensorSource final : public AccumulatorSource {
 public:
  TensorSource(const at::Tensor& tensor, const Shards* shards)
      : tensor_(as_rows(tensor)), blocks_(rows(tensor_), shards) {}

  [[nodiscard]] kernels::Rows shape() const override { return rows(tensor_); }
  [[nodiscard]] int64_t blocks() const override { return blocks_.count(); }
  [[nodiscard]] const kernels::BlocksOfShards& of_shards() const override {
    return blocks_.of_shards();
  }
  void for_each_block(const Visit& visit) const override {
    const auto* acc = tensor_.const_data_ptr<float>();
    blocks_.for_each([&](int64_t block, int64_t first, int64_t rows) {
      visit(block, first, rows, acc + first * shape().channels);
    });
  }

 private:
  at::Tensor tensor_;
  kernels::Blocks blocks_;
};

}  // namespace

Accumulators accumulators_of(const at::Tensor& tensor, const ShardsPtr& shards) {
  return {std::make_shared<TensorSource>(tensor.detach(), shards.get()), tensor, shards};
}

}  // namespace floatsd::ops
