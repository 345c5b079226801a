#include "ops/reference.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "ops/per_slice.h"

namespace floatsd::ops::reference {
namespace {

/// Channel constants, shaped to broadcast over [N, C, ...].
template <typename T>
at::Tensor per_channel(const std::vector<T>& values, const at::Tensor& like, at::ScalarType type) {
  std::vector<int64_t> shape(like.dim(), 1);
  shape[1] = static_cast<int64_t>(values.size());
  return at::tensor(values, type).reshape(shape).to(like.device());
}

std::vector<int64_t> multipliers(const Requantize& constants) {
  std::vector<int64_t> values;
  for (const FixedPoint& m : constants.multipliers) {
    values.push_back(m.multiplier);
  }
  return values;
}

std::vector<int64_t> shifts(const Requantize& constants) {
  std::vector<int64_t> values;
  for (const FixedPoint& m : constants.multipliers) {
    values.push_back(m.shift);
  }
  return values;
}

}  // namespace

at::Tensor nearest_levels(const at::Tensor& weights, const std::vector<float>& scales,
                          const Codebook& codebook) {
  const at::Tensor u = weights.abs() / per_slice(at::tensor(scales, weights.device()), weights);
  const at::Tensor thresholds = at::tensor(codebook.thresholds).to(weights.device());
  const at::Tensor magnitudes = at::tensor(codebook.magnitudes, at::kFloat).to(weights.device());
  const at::Tensor index =
      at::bucketize(u.contiguous(), thresholds, /*out_int32=*/false, /*right=*/true);
  const at::Tensor levels = magnitudes.index({index}) * weights.sign();
  return at::where(at::isnan(u), at::zeros_like(levels), levels);
}

at::Tensor level_gradients(const at::Tensor& weights, const std::vector<float>& scales, float clip,
                           const at::Tensor& gradient) {
  const at::Tensor scale = per_slice(at::tensor(scales, weights.device()), weights);
  return at::where(weights.abs() / scale < clip, gradient / scale, at::zeros_like(gradient));
}

std::pair<at::Tensor, at::Tensor> output_codes(const at::Tensor& accumulators,
                                               const Requantize& constants) {
  const at::Tensor shift = per_channel(shifts(constants), accumulators, at::kLong);
  const at::Tensor one = at::ones_like(shift);
  const at::Tensor acc =
      accumulators.to(at::kLong) + per_channel(constants.bias, accumulators, at::kLong);
  const at::Tensor code =
      at::bitwise_right_shift(acc * per_channel(multipliers(constants), accumulators, at::kLong) +
                                  at::bitwise_left_shift(one, shift - 1),
                              shift) +
      constants.output.zero_point;
  const at::Tensor above = constants.relu ? acc > 0 : code >= kMinCode;
  const at::Tensor out =
      code.clamp(constants.lower_code(), kMaxCode) - int64_t{constants.output.zero_point};
  return {out.to(at::kFloat), above & (code <= kMaxCode)};
}

std::pair<at::Tensor, at::Tensor> output_gradients(const at::Tensor& gradient,
                                                   const at::Tensor& mask,
                                                   const Requantize& constants) {
  std::vector<float> reals;
  for (const FixedPoint& m : constants.multipliers) {
    reals.push_back(static_cast<float>(std::ldexp(m.multiplier, -m.shift)));
  }
  const at::Tensor passed = gradient * mask;
  std::vector<int64_t> others;
  for (int64_t d = 0; d < gradient.dim(); ++d) {
    if (d != 1) {
      others.push_back(d);
    }
  }
  return {passed * per_channel(reals, gradient, at::kFloat),
          passed.sum(others) / constants.output.scale};
}

std::pair<at::Tensor, at::Tensor> sum_codes(const at::Tensor& a, const at::Tensor& b,
                                            const AddRequantize& constants) {
  const int64_t half = int64_t{1} << (constants.shift - 1);
  const at::Tensor sum =
      a.to(at::kLong) * constants.multipliers[0] + b.to(at::kLong) * constants.multipliers[1];
  const at::Tensor code =
      at::bitwise_right_shift(sum + half, constants.shift) + constants.output.zero_point;
  const at::Tensor above = constants.relu ? sum > 0 : code >= kMinCode;
  const at::Tensor out =
      code.clamp(constants.lower_code(), kMaxCode) - int64_t{constants.output.zero_point};
  return {out.to(at::kFloat), above & (code <= kMaxCode)};
}

at::Tensor normalized_codes(const at::Tensor& accumulators, const at::Tensor& gamma,
                            const at::Tensor& beta, const at::Tensor& unit_over_factor,
                            double epsilon, QParams output, bool relu) {
  const at::Tensor z = accumulators * unit_over_factor.reshape({1, -1, 1, 1});
  at::Tensor y = at::batch_norm(z, gamma, beta, {}, {}, /*training=*/true, /*momentum=*/0, epsilon,
                                /*cudnn_enabled=*/false);
  y = relu ? at::relu(y) : y;
  const at::Tensor x = y / output.scale;
  const float lowest = relu ? 0.0F : static_cast<float>(kMinCode - output.zero_point);
  const float highest = static_cast<float>(kMaxCode - output.zero_point);
  const at::Tensor clamped = x.clamp(lowest - 0.5F, std::nextafter(highest + 0.5F, 0.0F));
  return clamped + (at::floor(clamped + 0.5F) - clamped).detach();  // straight through
}

}  // namespace floatsd::ops::reference
