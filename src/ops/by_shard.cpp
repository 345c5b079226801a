#include "ops/by_shard.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>
#include <span>
#include <vector>

#include "ops/blocks.h"
#include "ops/held.h"
#include "ops/rows.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr uintptr_t kAlignment = 64;  // of ATen's own memory

/// The parts of each shard, one behind the other. [N, ...]
at::Tensor joined(const std::vector<at::Tensor>& parts) {
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

at::Tensor with_channels(const at::Tensor& values, const at::Tensor& like) {
  std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
  shape[1] = -1;
  return values.reshape(shape);
}

struct ApplyByShard : torch::autograd::Function<ApplyByShard> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w,
                            const Product& product, const ShardsPtr& shards) {
    context->save_for_backward({x, w});
    context->saved_data["product"] = product.numbers();
    hold(context, shards);
    std::vector<at::Tensor> parts(static_cast<size_t>(shards->count()));
    shards->for_each([&](int shard) {
      parts[shard] = ops::apply(product, shard_of(x, *shards, shard), w.detach());
    });
    return joined(parts);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Product product = Product::from_numbers(context->saved_data["product"].toIntVector());
    const auto& shards = held<ShardsPtr>(context);
    const bool wants_x = context->needs_input_grad(0);
    const auto [x, w] = gradients_by_shard(*shards, saved[1], [&](int shard) {
      return ops::apply_backward(product, shard_of(gradients[0], *shards, shard),
                                 shard_of(saved[0], *shards, shard), saved[1], wants_x);
    });
    return {x, w, {}, {}};
  }
};

struct PlusBias : torch::autograd::Function<PlusBias> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& bias,
                            const ShardsPtr& shards) {
    hold(context, shards);
    return x + with_channels(bias, x);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor gradient = as_rows(gradients[0]);
    const kernels::Rows shape = rows(gradient);
    const kernels::Blocks blocks(shape, held<ShardsPtr>(context).get());
    std::vector<double> sums(static_cast<size_t>(blocks.count() * shape.channels), 0.0);
    const auto* from = gradient.const_data_ptr<float>();
    blocks.for_each([&](int64_t block, int64_t first, int64_t count) {
      double* sum = sums.data() + block * shape.channels;
      for (int64_t i = first * shape.channels; i < (first + count) * shape.channels; ++i) {
        sum[i % shape.channels] += from[i];
      }
    });
    const std::vector<double> all = blocks.of_shards().sum(sums, shape.channels);
    return {gradient, at::tensor(all, at::kFloat), {}};
  }
};

}  // namespace

at::Tensor shard_of(const at::Tensor& t, const Shards& shards, int shard) {
  const at::Tensor part = t.narrow(0, shards.begin(shard), shards.size(shard));
  const bool is_aligned = reinterpret_cast<uintptr_t>(part.const_data_ptr()) % kAlignment == 0;
  return is_aligned ? part : part.clone();
}

std::pair<at::Tensor, at::Tensor> gradients_by_shard(const Shards& shards, const at::Tensor& w,
                                                     const GradientsOfShard& of_shard) {
  std::vector<at::Tensor> x_parts(static_cast<size_t>(shards.count()));
  std::vector<at::Tensor> w_parts(x_parts.size());
  const at::MemoryFormat format = w.suggest_memory_format();
  shards.for_each([&](int shard) {
    auto [d_x, d_w] = of_shard(shard);
    x_parts[shard] = d_x;
    w_parts[shard] = d_w.contiguous(format);
  });
  std::vector<std::span<float>> sums;
  for (at::Tensor& part : w_parts) {
    sums.emplace_back(part.mutable_data_ptr<float>(), static_cast<size_t>(part.numel()));
  }
  shards.add_up(sums);
  return {x_parts.front().defined() ? joined(x_parts) : at::Tensor(), w_parts.front()};
}

at::Tensor apply(const Product& product, const at::Tensor& x, const at::Tensor& w,
                 const ShardsPtr& shards) {
  return shards ? ApplyByShard::apply(x, w, product, shards) : ops::apply(product, x, w);
}

at::Tensor plus_bias(const at::Tensor& x, const at::Tensor& bias, const ShardsPtr& shards) {
  return shards ? PlusBias::apply(x, bias, shards) : x + with_channels(bias, x);
}

}  // namespace floatsd::ops
