#include "ops/accumulate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/shape_text.h"
#include "floatsd/core/error.h"
#include "ops/by_shard.h"
#include "ops/depthwise_gradients.h"
#include "ops/held.h"
#include "ops/product.h"
#include "ops/record.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Of one shard, or of all images.
std::pair<at::Tensor, at::Tensor> gradients_of(const Product& product, const at::Tensor& gradient,
                                               const at::Tensor& bytes, int32_t zero_point,
                                               const at::Tensor& levels, bool wants_codes) {
  const auto shape = product.integer_shape(bytes.sizes());
  if (has_depthwise_gradients(shape)) {
    return depthwise_gradients(shape, gradient, bytes, zero_point, levels);
  }
  return apply_backward(product, gradient,
                        code_values({bytes, make_edge(bytes.sizes())}, zero_point), levels,
                        wants_codes);
}

struct Accumulate : torch::autograd::Function<Accumulate> {
  /// `result`: the accumulators, or an edge for them.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& /*edge*/,
                            const at::Tensor& levels, const at::Tensor& bytes,
                            const Product& product, int64_t zero_point, const ShardsPtr& shards,
                            const at::Tensor* result) {
    hold(context, shards);
    context->save_for_backward({bytes, levels});
    context->saved_data["product"] = product.numbers();
    context->saved_data["zero_point"] = zero_point;
    return *result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Product product = Product::from_numbers(context->saved_data["product"].toIntVector());
    const auto zero_point = static_cast<int32_t>(context->saved_data["zero_point"].toInt());
    const auto& shards = held<ShardsPtr>(context);
    const at::Tensor gradient = gradients[0].to(at::kFloat);
    const bool wants_codes = context->needs_input_grad(0);
    const auto [codes, levels] =
        shards
            ? gradients_by_shard(*shards, saved[1],
                                 [&](int shard) {
                                   return gradients_of(product, shard_of(gradient, *shards, shard),
                                                       shard_of(saved[0], *shards, shard),
                                                       zero_point, saved[1], wants_codes);
                                 })
            : gradients_of(product, gradient, saved[0], zero_point, saved[1], wants_codes);
    return {codes, levels, {}, {}, {}, {}, {}};
  }
};

at::Tensor with_gradients(const Product& product, const Signal& input, const at::Tensor& levels,
                          const at::Tensor& result) {
  return Accumulate::apply(input.codes.edge, levels, input.codes.bytes, product,
                           int64_t{input.qparams->zero_point}, input.shards, &result);
}

struct ToTensor : torch::autograd::Function<ToTensor> {
  static at::Tensor forward(AutogradContext* /*context*/, const at::Tensor& edge,
                            const AccumulatorSource& source) {
    const auto format =
        edge.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    const at::Tensor tensor = at::empty(edge.sizes(), edge.options().memory_format(format));
    FLOATSD_RECORD("floatsd::accumulators", tensor);
    auto* to = tensor.mutable_data_ptr<float>();
    const int64_t channels = source.shape().channels;
    source.for_each_block([&](int64_t, int64_t first, int64_t rows, const float* acc) {
      std::copy_n(acc, rows * channels, to + first * channels);
    });
    return tensor;
  }

  static variable_list backward(AutogradContext* /*context*/, const variable_list& gradients) {
    return {gradients[0], {}};
  }
};

}  // namespace

at::Tensor accumulate(const Product& product, const Signal& input, const at::Tensor& levels,
                      at::ScalarType type) {
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    result = apply(product, code_values(input).to(type), levels.to(type));
  }
  return with_gradients(product, input, levels, result);
}

Accumulators accumulate_integers(const Product& product, const Signal& input,
                                 const at::Tensor& levels, Reads reads) {
  const at::Tensor& bytes = input.codes.bytes;
  const integer::ConvolutionShape shape = product.integer_shape(bytes.sizes());
  if (bytes.numel() != bytes.size(0) * shape.in_size() || shape.out_height() < 1 ||
      shape.out_width() < 1) {
    throw Error("a layer whose levels are " + shape_text(levels.sizes()) + " does not fit codes " +
                shape_text(bytes.sizes()));
  }
  std::vector<int64_t> sizes = {bytes.size(0), shape.out_channels};
  if (levels.dim() == 4) {
    sizes.insert(sizes.end(), {shape.out_height(), shape.out_width()});
  }
  const at::Tensor codes =  // a product reads its input in C, H, W order
      levels.dim() == 4 ? bytes : bytes.contiguous(at::MemoryFormat::Contiguous).flatten(1);
  return {std::make_shared<ConvolutionSource>(shape, codes, input.qparams->zero_point, levels,
                                              reads, input.shards.get()),
          with_gradients(product, input, levels, make_edge(sizes)), input.shards};
}

at::Tensor to_tensor(const Accumulators& accumulators) {
  return ToTensor::apply(accumulators.edge, *accumulators.source);
}

}  // namespace floatsd::ops
