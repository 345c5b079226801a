#include "floatsd/quant/normalize.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "floatsd/quant/kernels.h"
#include "held.h"
#include "rows.h"

namespace floatsd::quant {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<float> to_floats(const at::Tensor& values) {
  const at::Tensor host = values.detach().cpu().contiguous();
  return {host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel()};
}

/// y / output.scale = acc * gain + offset.
kernels::NormalizedOutput output_constants(const Normalization& constants,
                                           const std::vector<float>& gamma,
                                           const std::vector<float>& beta) {
  kernels::NormalizedOutput result{.output = constants.output, .relu = constants.relu};
  const double scale = constants.output.scale;
  for (size_t c = 0; c < gamma.size(); ++c) {
    const double slope = gamma[c] * constants.inverse_deviation[c];
    result.gain.push_back(static_cast<float>(slope / scale));
    result.offset.push_back(static_cast<float>((beta[c] - slope * constants.mean[c]) / scale));
  }
  return result;
}

kernels::NormalizedInput input_constants(const Normalization& constants) {
  return {{constants.mean.begin(), constants.mean.end()},
          {constants.inverse_deviation.begin(), constants.inverse_deviation.end()}};
}

struct Saved {
  Normalization constants;
  kernels::NormalizedOutput output;
};

struct NormalizeOutputs : torch::autograd::Function<NormalizeOutputs> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& accumulators,
                            const at::Tensor& gamma, const at::Tensor& beta,
                            const Normalization& constants) {
    const at::Tensor acc = as_rows(accumulators);
    const Saved saved{constants, output_constants(constants, to_floats(gamma), to_floats(beta))};
    at::Tensor codes = at::empty_like(acc);
    kernels::normalized_codes(rows(acc), acc.const_data_ptr<float>(), saved.output,
                              codes.mutable_data_ptr<float>());
    context->save_for_backward({acc, gamma});
    hold(context, saved);
    return codes;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto tensors = context->get_saved_variables();
    const at::Tensor& acc = tensors[0];
    const at::Tensor gradient = as_rows(gradients[0]);
    const auto& [constants, output] = held<Saved>(context);
    const kernels::NormalizedInput input = input_constants(constants);
    const kernels::GradientSums sums = kernels::normalized_gradient_sums(
        rows(acc), gradient.const_data_ptr<float>(), acc.const_data_ptr<float>(), output, input);

    const std::vector<float> gamma = to_floats(tensors[1]);
    const auto count = static_cast<double>(rows(acc).rows);
    const double scale = constants.output.scale;
    kernels::NormalizedBackward backward;
    std::vector<float> gamma_gradient;
    std::vector<float> beta_gradient;
    for (size_t c = 0; c < gamma.size(); ++c) {
      backward.scale.push_back(
          static_cast<float>(gamma[c] * constants.inverse_deviation[c] / scale));
      backward.mean_passed.push_back(static_cast<float>(sums.passed[c] / count));
      backward.mean_passed_normalized.push_back(
          static_cast<float>(sums.passed_normalized[c] / count));
      gamma_gradient.push_back(
          static_cast<float>(sums.passed_normalized[c] * constants.shrinkage[c] / scale));
      beta_gradient.push_back(static_cast<float>(sums.passed[c] / scale));
    }
    at::Tensor accumulator_gradient = at::empty_like(acc);
    kernels::normalized_gradients(rows(acc), gradient.const_data_ptr<float>(),
                                  acc.const_data_ptr<float>(), output, input, backward,
                                  accumulator_gradient.mutable_data_ptr<float>());
    return {accumulator_gradient, at::tensor(gamma_gradient), at::tensor(beta_gradient), {}};
  }
};

}  // namespace

ChannelStatistics channel_statistics(const at::Tensor& accumulators) {
  const at::Tensor acc = as_rows(accumulators.detach());
  const kernels::Rows shape = rows(acc);
  const kernels::ChannelSums sums = kernels::channel_sums(shape, acc.const_data_ptr<float>());
  ChannelStatistics result{.range = {sums.min, sums.max}, .count = shape.rows};
  const auto count = static_cast<double>(shape.rows);
  for (size_t c = 0; c < sums.sum.size(); ++c) {
    const double mean = sums.sum[c] / count;
    result.mean.push_back(mean);
    result.variance.push_back(std::max(0.0, sums.square_sum[c] / count - mean * mean));
  }
  return result;
}

at::Tensor normalize_outputs(const at::Tensor& accumulators, const at::Tensor& gamma,
                             const at::Tensor& beta, const Normalization& constants) {
  return NormalizeOutputs::apply(accumulators, gamma, beta, constants);
}

}  // namespace floatsd::quant
