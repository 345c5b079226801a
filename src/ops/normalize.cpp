#include "ops/normalize.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "ops/held.h"
#include "ops/normalize_kernels.h"
#include "ops/record.h"
#include "ops/rows.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<float> to_floats(const at::Tensor& values) {
  const at::Tensor host = values.detach().contiguous();
  return {host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel()};
}

/// y / output.scale = acc * gain + offset.
kernels::NormalizedOutput output_constants(const ChannelAffine& affine, QParams output, bool relu) {
  kernels::NormalizedOutput result{.output = output, .relu = relu};
  for (size_t c = 0; c < affine.slope.size(); ++c) {
    result.gain.push_back(static_cast<float>(affine.slope[c] / output.scale));
    result.offset.push_back(static_cast<float>(affine.offset[c] / output.scale));
  }
  return result;
}

/// Fills 16 bits with the distance to the mean.
kernels::Keep choose_keep(const Normalization& constants) {
  constexpr float kLargest = 32767;
  kernels::Keep keep{{constants.mean.begin(), constants.mean.end()}, {}};
  for (size_t c = 0; c < keep.center.size(); ++c) {
    const float reach =
        std::max(constants.range.max[c] - keep.center[c], keep.center[c] - constants.range.min[c]);
    keep.scale.push_back(reach > 0 ? kLargest / reach : 1.0F);
  }
  return keep;
}

/// As numbers of a kept accumulator: acc = kept / keep.scale + keep.center.
ChannelAffine of_kept(const ChannelAffine& affine, const kernels::Keep& keep) {
  ChannelAffine result;
  for (size_t c = 0; c < affine.slope.size(); ++c) {
    result.slope.push_back(affine.slope[c] / keep.scale[c]);
    result.offset.push_back(affine.offset[c] + affine.slope[c] * keep.center[c]);
  }
  return result;
}

struct Saved {
  ChannelAffine normalized;  ///< normalized = slope * kept + offset
  kernels::NormalizedOutput output;
  std::vector<double> slope;  ///< d y / d acc
  std::vector<double> shrinkage;
  ShardsPtr shards;
};

struct NormalizeOutputs : torch::autograd::Function<NormalizeOutputs> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& edge,
                            const at::Tensor& gamma, const at::Tensor& beta,
                            const Accumulators& accumulators, const Normalization& constants,
                            const at::Tensor& bytes) {
    const ChannelAffine y = to_affine(constants, to_floats(gamma), to_floats(beta));
    const kernels::Keep keep = choose_keep(constants);
    const at::Tensor kept = at::empty_like(bytes, at::kShort);
    FLOATSD_RECORD("floatsd::normalized_codes", bytes, kept);
    kernels::normalized_codes(*accumulators.source,
                              output_constants(y, constants.output, constants.relu), keep,
                              bytes.mutable_data_ptr<uint8_t>(), kept.mutable_data_ptr<int16_t>());
    const std::vector<float> ones(keep.center.size(), 1.0F);
    const std::vector<float> zeros(keep.center.size(), 0.0F);
    context->save_for_backward({kept});
    hold(context, Saved{of_kept(to_affine(constants, ones, zeros), keep),
                        output_constants(of_kept(y, keep), constants.output, constants.relu),
                        y.slope, constants.shrinkage, accumulators.shards});
    return make_edge(edge.sizes());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor kept = context->get_saved_variables()[0];
    const at::Tensor gradient = as_rows(gradients[0]);
    const auto& [normalized, output, y_slope, shrinkage, shards] = held<Saved>(context);
    at::Tensor accumulator_gradient = at::empty_like(gradient);
    FLOATSD_RECORD("floatsd::normalized_gradients", gradient, kept, gradient, kept,
                   accumulator_gradient);
    const kernels::GradientSums sums =
        kernels::normalized_gradient_sums(rows(kept), gradient.const_data_ptr<float>(),
                                          kept.const_data_ptr<int16_t>(), output, shards.get());

    const auto count = static_cast<double>(rows_of_all_ranks(rows(kept).rows, shards));
    const double scale = output.output.scale;
    kernels::NormalizedBackward backward;
    std::vector<float> gamma_gradient;
    std::vector<float> beta_gradient;
    for (size_t c = 0; c < shrinkage.size(); ++c) {
      const double slope = normalized.slope[c];
      const double offset = normalized.offset[c];
      const double passed = sums.passed[c];
      const double passed_normalized = slope * sums.passed_kept[c] + offset * passed;
      const double factor = y_slope[c] / scale;
      backward.scale.push_back(static_cast<float>(factor));
      backward.constant.push_back(
          static_cast<float>(factor * (passed + offset * passed_normalized) / count));
      backward.slope.push_back(static_cast<float>(factor * slope * passed_normalized / count));
      gamma_gradient.push_back(static_cast<float>(passed_normalized * shrinkage[c] / scale));
      beta_gradient.push_back(static_cast<float>(passed / scale));
    }
    kernels::normalized_gradients(rows(kept), gradient.const_data_ptr<float>(),
                                  kept.const_data_ptr<int16_t>(), output, backward,
                                  accumulator_gradient.mutable_data_ptr<float>());
    return {
        accumulator_gradient, at::tensor(gamma_gradient), at::tensor(beta_gradient), {}, {}, {}};
  }
};

}  // namespace

ChannelStatistics channel_statistics(const Accumulators& accumulators) {
  const kernels::Rows shape = accumulators.source->shape();
  FLOATSD_RECORD("floatsd::channel_statistics", accumulators.edge);
  const kernels::ChannelSums sums = kernels::channel_sums(*accumulators.source);
  ChannelStatistics result{.range = sums.range,
                           .count = rows_of_all_ranks(shape.rows, accumulators.shards)};
  const auto count = static_cast<double>(result.count);
  for (size_t c = 0; c < sums.sum.size(); ++c) {
    const double mean = sums.sum[c] / count;
    result.mean.push_back(mean);
    result.variance.push_back(std::max(0.0, sums.square_sum[c] / count - mean * mean));
  }
  return result;
}

Normalization choose_normalization(const ChannelStatistics& batch, const std::vector<double>& ratio,
                                   double epsilon) {
  Normalization result{.mean = batch.mean, .range = batch.range};
  for (size_t c = 0; c < ratio.size(); ++c) {
    const double variance = ratio[c] * ratio[c] * batch.variance[c];
    result.inverse_deviation.push_back(ratio[c] / std::sqrt(variance + epsilon));
    result.shrinkage.push_back(variance / (variance + epsilon));
  }
  return result;
}

ChannelAffine to_affine(const Normalization& constants, const std::vector<float>& gamma,
                        const std::vector<float>& beta) {
  ChannelAffine result;
  for (size_t c = 0; c < gamma.size(); ++c) {
    result.slope.push_back(gamma[c] * constants.inverse_deviation[c]);
    result.offset.push_back(beta[c] - result.slope[c] * constants.mean[c]);
  }
  return result;
}

Codes normalize_outputs(const Accumulators& accumulators, const at::Tensor& gamma,
                        const at::Tensor& beta, const Normalization& constants) {
  const at::IntArrayRef sizes = accumulators.edge.sizes();
  const at::Tensor bytes = at::empty(sizes, at::TensorOptions(at::kByte).memory_format(
                                                sizes.size() == 4 ? at::MemoryFormat::ChannelsLast
                                                                  : at::MemoryFormat::Contiguous));
  const at::Tensor edge =
      NormalizeOutputs::apply(accumulators.edge, gamma, beta, accumulators, constants, bytes);
  return {bytes, edge};
}

}  // namespace floatsd::ops
