#include "floatsd/ops/signal.h"

#include <ATen/ATen.h>

#include "floatsd/core/requantize.h"

namespace floatsd::ops {

at::Tensor real_values(const Signal& signal) {
  return signal.qparams ? code_values(signal) * signal.qparams->scale : signal.values;
}

at::Tensor code_values(const Signal& signal) {
  return code_values(signal.codes, signal.qparams->zero_point);
}

Signal code_signal(const at::Tensor& values, QParams qparams,
                   const std::shared_ptr<const Shards>& shards) {
  return {.qparams = qparams, .codes = to_codes(values, qparams.zero_point), .shards = shards};
}

Signal quantized(const at::Tensor& reals, QParams qparams) {
  const auto zero_point = static_cast<float>(qparams.zero_point);
  const at::Tensor codes =
      at::floor(reals / qparams.scale + 0.5F).clamp(kMinCode - zero_point, kMaxCode - zero_point);
  return code_signal(codes, qparams);
}

}  // namespace floatsd::ops
