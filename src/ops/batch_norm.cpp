#include "ops/batch_norm.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "ops/blocks.h"
#include "ops/held.h"
#include "ops/rows.h"

namespace floatsd::ops {
namespace {

using kernels::Blocks;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// For each channel the sums over rows of first(i) and second(i), of the value at i.
template <typename First, typename Second>
std::pair<std::vector<double>, std::vector<double>> channel_sums_of(kernels::Rows shape,
                                                                    const Blocks& blocks,
                                                                    const First& first_of,
                                                                    const Second& second_of) {
  const int64_t channels = shape.channels;
  std::vector<double> first(static_cast<size_t>(blocks.count() * channels), 0.0);
  std::vector<double> second(first.size(), 0.0);
  blocks.for_each([&](int64_t block, int64_t row, int64_t count) {
    for (int64_t r = row; r < row + count; ++r) {
      for (int64_t c = 0; c < channels; ++c) {
        first[block * channels + c] += first_of(r * channels + c);
        second[block * channels + c] += second_of(r * channels + c);
      }
    }
  });
  return blocks.of_shards().sums(first, second, channels);
}

/// to[i] = of(i, c) for each value.
template <typename Of>
void for_each_value(kernels::Rows shape, const Blocks& blocks, float* to, const Of& of) {
  blocks.for_each([&](int64_t, int64_t row, int64_t count) {
    for (int64_t r = row; r < row + count; ++r) {
      for (int64_t c = 0; c < shape.channels; ++c) {
        to[r * shape.channels + c] = of(r * shape.channels + c, c);
      }
    }
  });
}

struct Statistics {
  std::vector<double> mean, inverse_deviation;
  int64_t count;
  ShardsPtr shards;
};

struct BatchNormalize : torch::autograd::Function<BatchNormalize> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& gamma, const at::Tensor& beta,
                            const Statistics& statistics) {
    const at::Tensor x = as_rows(input);
    const kernels::Rows shape = rows(x);
    const at::Tensor y = at::empty_like(x);
    const auto* g = gamma.const_data_ptr<float>();
    const auto* b = beta.const_data_ptr<float>();
    std::vector<float> slope;
    std::vector<float> offset;
    for (int64_t c = 0; c < shape.channels; ++c) {
      const double factor = g[c] * statistics.inverse_deviation[c];
      slope.push_back(static_cast<float>(factor));
      offset.push_back(static_cast<float>(b[c] - factor * statistics.mean[c]));
    }
    const auto* from = x.const_data_ptr<float>();
    for_each_value(shape, Blocks(shape), y.mutable_data_ptr<float>(),
                   [&](int64_t i, int64_t c) { return from[i] * slope[c] + offset[c]; });
    context->save_for_backward({x, gamma});
    hold(context, statistics);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto& [mean, inverse_deviation, count, shards] = held<Statistics>(context);
    const at::Tensor gradient = as_rows(gradients[0]);
    const kernels::Rows shape = rows(gradient);
    const auto* x = saved[0].const_data_ptr<float>();
    const auto* gamma = saved[1].const_data_ptr<float>();
    const auto* upstream = gradient.const_data_ptr<float>();
    const auto [sum, product_sum] = channel_sums_of(
        shape, Blocks(shape, shards.get()), [&](int64_t i) { return double{upstream[i]}; },
        [&](int64_t i) { return double{upstream[i]} * double{x[i]}; });

    // d x = slope * d y - constant - x * by_x
    std::vector<float> slope;
    std::vector<float> constant;
    std::vector<float> by_x;
    std::vector<float> gamma_gradient;
    std::vector<float> beta_gradient;
    for (int64_t c = 0; c < shape.channels; ++c) {
      const double normalized_sum = (product_sum[c] - mean[c] * sum[c]) * inverse_deviation[c];
      const double factor = gamma[c] * inverse_deviation[c];
      const double turn = factor * normalized_sum * inverse_deviation[c] / double(count);
      slope.push_back(static_cast<float>(factor));
      constant.push_back(static_cast<float>(factor * sum[c] / double(count) - turn * mean[c]));
      by_x.push_back(static_cast<float>(turn));
      gamma_gradient.push_back(static_cast<float>(normalized_sum));
      beta_gradient.push_back(static_cast<float>(sum[c]));
    }
    const at::Tensor x_gradient = at::empty_like(gradient);
    for_each_value(shape, Blocks(shape), x_gradient.mutable_data_ptr<float>(),
                   [&](int64_t i, int64_t c) {
                     return slope[c] * upstream[i] - constant[c] - x[i] * by_x[c];
                   });
    return {x_gradient, at::tensor(gamma_gradient), at::tensor(beta_gradient), {}};
  }
};

}  // namespace

BatchNormalized batch_normalize(const at::Tensor& x, const at::Tensor& gamma,
                                const at::Tensor& beta, double epsilon, const ShardsPtr& shards) {
  const at::Tensor dense = as_rows(x);
  const kernels::Rows shape = rows(dense);
  const auto* value = dense.detach().const_data_ptr<float>();
  const auto [sum, square_sum] = channel_sums_of(
      shape, Blocks(shape, shards.get()), [&](int64_t i) { return double{value[i]}; },
      [&](int64_t i) { return double{value[i]} * double{value[i]}; });
  BatchNormalized result{.count = rows_of_all_ranks(shape.rows, shards)};
  Statistics statistics{.count = result.count, .shards = shards};
  for (size_t c = 0; c < sum.size(); ++c) {
    const double mean = sum[c] / double(result.count);
    const double variance = std::max(0.0, square_sum[c] / double(result.count) - mean * mean);
    result.mean.push_back(mean);
    result.variance.push_back(variance);
    statistics.inverse_deviation.push_back(1 / std::sqrt(variance + epsilon));
  }
  statistics.mean = result.mean;
  result.y = BatchNormalize::apply(dense, gamma, beta, statistics);
  return result;
}

}  // namespace floatsd::ops
