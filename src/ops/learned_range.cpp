#include "ops/learned_range.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "ops/blocks.h"
#include "ops/held.h"
#include "ops/record.h"
#include "ops/rows.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The sum of d y = d code / scale over the codes that are `end`.
at::Tensor gradient_at(const at::Tensor& gradient, const at::Tensor& bytes, int32_t end,
                       double scale, const Shards* shards) {
  const auto* code = bytes.const_data_ptr<uint8_t>();
  const auto* g = gradient.const_data_ptr<float>();
  const kernels::Blocks blocks({.rows = bytes.numel(), .channels = 1}, shards);
  std::vector<double> sums(static_cast<size_t>(blocks.count()), 0.0);
  blocks.for_each([&](int64_t block, int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      sums[block] += code[i] == end ? double{g[i]} : 0.0;
    }
  });
  const double sum = blocks.of_shards().sum(sums, 1).front();
  return at::full({1}, sum / scale, at::kFloat);
}

struct LearnRange : torch::autograd::Function<LearnRange> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& edge,
                            const at::Tensor& /*min*/, const at::Tensor& /*max*/,
                            const at::Tensor& bytes, const QParams& qparams,
                            const ShardsPtr& shards) {
    hold(context, shards);
    context->save_for_backward({bytes});
    context->saved_data["scale"] = double{qparams.scale};
    context->saved_data["learns_min"] = qparams.zero_point > kMinCode;
    context->saved_data["learns_max"] = qparams.zero_point < kMaxCode;
    return make_edge(edge.sizes());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor bytes = context->get_saved_variables()[0];
    const double scale = context->saved_data["scale"].toDouble();
    const auto& shards = held<ShardsPtr>(context);
    const at::Tensor gradient = as_rows(gradients[0]);
    FLOATSD_RECORD("floatsd::learn_range", bytes, gradient);
    const auto gradient_of = [&](const char* learns, int32_t end) {
      return context->saved_data[learns].toBool()
                 ? gradient_at(gradient, bytes, end, scale, shards.get())
                 : at::Tensor();
    };
    const at::Tensor min = gradient_of("learns_min", kMinCode);
    const at::Tensor max = gradient_of("learns_max", kMaxCode);
    return {gradient, min, max, {}, {}, {}};
  }
};

}  // namespace

Codes learn_range(const Codes& codes, QParams qparams, const at::Tensor& min, const at::Tensor& max,
                  const ShardsPtr& shards) {
  return {codes.bytes, LearnRange::apply(codes.edge, min, max, codes.bytes, qparams, shards)};
}

}  // namespace floatsd::ops
