#include "ops/fake_quantize.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <span>

#include "ops/held.h"
#include "ops/kernels.h"
#include "ops/record.h"
#include "ops/rows.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// One slice along axis 0 for each scale; dense in either memory format.
std::span<const float> slice(const at::Tensor& t, int64_t index, size_t scales) {
  const int64_t length = t.numel() / static_cast<int64_t>(scales);
  return {t.const_data_ptr<float>() + index * length, static_cast<size_t>(length)};
}

std::span<float> mutable_slice(const at::Tensor& t, int64_t index, size_t scales) {
  const auto part = slice(t, index, scales);
  return {const_cast<float*>(part.data()), part.size()};
}

std::span<const float> values(const at::Tensor& t) { return slice(t, 0, 1); }

template <typename Work>
void for_each_scale(const std::vector<float>& scales, const Work& work) {
  constexpr int64_t kScalesAThread = 16;
  at::parallel_for(0, static_cast<int64_t>(scales.size()), kScalesAThread,
                   [&](int64_t begin, int64_t end) {
                     for (int64_t i = begin; i < end; ++i) {
                       work(i, scales[i]);
                     }
                   });
}

at::Tensor levels_of(const at::Tensor& weights, const std::vector<float>& scales,
                     const Codebook& codebook) {
  const at::Tensor dense = weights.contiguous(weights.suggest_memory_format());
  at::Tensor levels = at::empty_like(dense);
  FLOATSD_RECORD("floatsd::nearest_levels", dense, levels);
  for_each_scale(scales, [&](int64_t i, float scale) {
    kernels::nearest_levels(slice(dense, i, scales.size()), scale, codebook,
                            mutable_slice(levels, i, scales.size()));
  });
  return levels;
}

std::pair<at::Tensor, at::Tensor> codes_of(const at::Tensor& accumulators,
                                           const Requantize& constants) {
  const at::Tensor acc = as_rows(accumulators);
  at::Tensor codes = at::empty_like(acc, at::kFloat);
  at::Tensor mask = at::empty_like(acc, at::kBool);
  FLOATSD_RECORD("floatsd::output_codes", acc, codes, mask);
  auto* passes = reinterpret_cast<uint8_t*>(mask.mutable_data_ptr<bool>());
  auto* out = codes.mutable_data_ptr<float>();
  if (acc.scalar_type() == at::kDouble) {
    kernels::output_codes(rows(acc), acc.const_data_ptr<double>(), constants, out, passes);
  } else {
    kernels::output_codes(rows(acc), acc.const_data_ptr<float>(), constants, out, passes);
  }
  return {codes, mask};
}

std::pair<at::Tensor, at::Tensor> gradients_of(const at::Tensor& upstream, const at::Tensor& mask,
                                               const Requantize& constants, const Shards* shards) {
  const at::Tensor gradient = as_rows(upstream);
  at::Tensor accumulator_gradient = at::empty_like(gradient);
  at::Tensor bias_gradient = gradient.new_empty({gradient.size(1)});
  FLOATSD_RECORD("floatsd::output_gradients", gradient, mask, accumulator_gradient);
  kernels::output_gradients(rows(gradient), gradient.const_data_ptr<float>(),
                            reinterpret_cast<const uint8_t*>(mask.const_data_ptr<bool>()),
                            constants, accumulator_gradient.mutable_data_ptr<float>(),
                            bias_gradient.mutable_data_ptr<float>(), shards);
  return {accumulator_gradient, bias_gradient};
}

std::pair<at::Tensor, at::Tensor> sum_codes_of(const at::Tensor& left, const at::Tensor& right,
                                               const AddRequantize& constants) {
  const at::Tensor a = as_rows(left);
  const at::Tensor b = as_rows(right);
  at::Tensor codes = at::empty_like(a);
  at::Tensor mask = at::empty_like(a, at::kBool);
  FLOATSD_RECORD("floatsd::added_codes", a, b, codes, mask);
  kernels::added_codes(values(a), values(b), constants, codes.mutable_data_ptr<float>(),
                       reinterpret_cast<uint8_t*>(mask.mutable_data_ptr<bool>()));
  return {codes, mask};
}

struct WeightConstants {
  std::vector<float> scales;
  float clip;
  int max_level;
  double step;  // mean_step of the codebook, if scales are learned
};

/// The mean distance of neighbouring levels: 1 for integers.
double mean_step(const Codebook& codebook) {
  return double(codebook.max_level()) / double(codebook.magnitudes.size() - 1);
}

/// The gradient of one slice's scale; see quantize_weights.
double scale_gradient(std::span<const float> weights, std::span<const float> levels,
                      std::span<const float> gradient, float scale,
                      const WeightConstants& constants) {
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const float u = weights[i] / scale;
    const float moved = std::fabs(u) < constants.clip ? levels[i] - u : levels[i];
    sum += double{gradient[i]} * double{moved};
  }
  const double largest_sum = double(weights.size()) * constants.max_level;
  return sum / double{scale} / std::sqrt(largest_sum * constants.step) / constants.step;
}

struct QuantizeWeights : torch::autograd::Function<QuantizeWeights> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& weights,
                            const std::vector<float>& scales, const Codebook* codebook,
                            const std::optional<at::Tensor>& learned) {
    at::Tensor levels = levels_of(weights, scales, *codebook);
    context->save_for_backward({weights, learned ? levels.detach() : at::Tensor()});
    hold(context, WeightConstants{scales, codebook->clip, codebook->max_level(),
                                  learned ? mean_step(*codebook) : 1});
    return levels;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& weights = saved[0];
    const auto& constants = held<WeightConstants>(context);
    const auto& scales = constants.scales;
    const auto format = weights.suggest_memory_format();
    const at::Tensor dense = weights.contiguous(format);
    const at::Tensor gradient = gradients[0].contiguous(format);
    at::Tensor weight_gradient = at::empty_like(dense);
    FLOATSD_RECORD("floatsd::level_gradients", dense, gradient, weight_gradient);
    for_each_scale(scales, [&, count = scales.size()](int64_t i, float scale) {
      kernels::level_gradients(slice(dense, i, count), scale, constants.clip,
                               slice(gradient, i, count), mutable_slice(weight_gradient, i, count));
    });
    return {weight_gradient, {}, {}, scale_gradients(dense, saved[1], gradient, constants)};
  }

  static at::Tensor scale_gradients(const at::Tensor& weights, const at::Tensor& levels,
                                    const at::Tensor& gradient, const WeightConstants& constants) {
    if (!levels.defined()) {
      return {};
    }
    const size_t count = constants.scales.size();
    at::Tensor result = at::empty({static_cast<int64_t>(count)});
    auto* out = result.mutable_data_ptr<float>();
    for_each_scale(constants.scales, [&](int64_t i, float scale) {
      out[i] = static_cast<float>(scale_gradient(slice(weights, i, count), slice(levels, i, count),
                                                 slice(gradient, i, count), scale, constants));
    });
    return result;
  }
};

struct OutputConstants {
  Requantize requantize;
  ShardsPtr shards;
};

struct QuantizeOutputs : torch::autograd::Function<QuantizeOutputs> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& accumulators,
                            const at::Tensor& /*bias*/, const OutputConstants& constants) {
    auto [codes, mask] = codes_of(accumulators, constants.requantize);
    context->save_for_backward({mask});
    hold(context, constants);
    context->saved_data["double"] = accumulators.scalar_type() == at::kDouble;
    return codes;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto& [requantize, shards] = held<OutputConstants>(context);
    auto [accumulators, bias] =
        gradients_of(gradients[0], context->get_saved_variables()[0], requantize, shards.get());
    if (context->saved_data["double"].toBool()) {
      accumulators = accumulators.to(at::kDouble);
    }
    return {accumulators, bias, {}};
  }
};

struct QuantizeSum : torch::autograd::Function<QuantizeSum> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b,
                            const AddRequantize& constants) {
    auto [codes, mask] = sum_codes_of(a, b, constants);
    context->save_for_backward({mask});
    hold(context, constants);
    return codes;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto& constants = held<AddRequantize>(context);
    const at::Tensor mask = context->get_saved_variables()[0];
    const at::Tensor gradient = as_rows(gradients[0]);
    const auto ratio = [&](int i) {
      return std::ldexp(static_cast<float>(constants.multipliers[i]), -constants.shift);
    };
    at::Tensor a = at::empty_like(gradient);
    at::Tensor b = at::empty_like(gradient);
    FLOATSD_RECORD("floatsd::added_gradients", gradient, mask, a, b);
    kernels::added_gradients(
        values(gradient), reinterpret_cast<const uint8_t*>(mask.const_data_ptr<bool>()), ratio(0),
        ratio(1), a.mutable_data_ptr<float>(), b.mutable_data_ptr<float>());
    return {a, b, {}};
  }
};

}  // namespace

at::Tensor quantize_weights(const at::Tensor& weights, const std::vector<float>& scales,
                            const Codebook& codebook, const at::Tensor& learned) {
  return QuantizeWeights::apply(weights, scales, &codebook,
                                learned.defined() ? std::optional(learned) : std::nullopt);
}

at::Tensor quantize_outputs(const at::Tensor& accumulators, const at::Tensor& bias,
                            const Requantize& constants, const ShardsPtr& shards) {
  return QuantizeOutputs::apply(accumulators, bias, OutputConstants{constants, shards});
}

at::Tensor quantize_sum(const at::Tensor& a, const at::Tensor& b, const AddRequantize& constants) {
  return QuantizeSum::apply(a, b, constants);
}

Range sum_range(const at::Tensor& a, const at::Tensor& b, std::array<float, 2> scales) {
  const at::Tensor left = as_rows(a.detach());
  const at::Tensor right = as_rows(b.detach());
  FLOATSD_RECORD("floatsd::sum_range", left, right);
  const auto [min, max] = kernels::sum_extremes(values(left), values(right), scales[0], scales[1]);
  return {{min}, {max}};
}

Range channel_range(const at::Tensor& accumulators) {
  const at::Tensor acc = as_rows(accumulators.detach().cpu());
  const auto channels = static_cast<size_t>(acc.size(1));
  Range range{std::vector<float>(channels), std::vector<float>(channels)};
  FLOATSD_RECORD("floatsd::channel_range", acc);
  if (acc.scalar_type() == at::kDouble) {
    kernels::channel_range(rows(acc), acc.const_data_ptr<double>(), range.min.data(),
                           range.max.data());
  } else {
    kernels::channel_range(rows(acc), acc.const_data_ptr<float>(), range.min.data(),
                           range.max.data());
  }
  return range;
}

}  // namespace floatsd::ops
