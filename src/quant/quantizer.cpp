#include "floatsd/quant/quantizer.h"

#include <ATen/ATen.h>

#include "floatsd/quant/choose_qparams.h"

namespace floatsd::quant {

WeightQuantizer::WeightQuantizer(WeightScheme scheme, RangeMethod method, int64_t channels)
    : scheme_(scheme) {
  const int64_t length = scheme.granularity == Granularity::kPerChannel ? channels : 0;
  observer_ = register_module("observer", std::make_shared<Observer>(method, length));
}

void WeightQuantizer::observe(const at::Tensor& weights) {
  observer_->observe(range_of(weights, scheme_.granularity));
}

at::Tensor WeightQuantizer::scales() const {
  const Range& range = observer_->range();
  if (!observer_->has_range()) {
    return at::ones_like(range.min);
  }
  return choose_weight_scales(range.min, range.max, *scheme_.codebook);
}

OutputQuantizer::OutputQuantizer(RangeMethod method) {
  observer_ = register_module("observer", std::make_shared<Observer>(method, /*channels=*/0));
}

QParams OutputQuantizer::qparams() const {
  if (!observer_->has_range()) {
    return {};
  }
  const Range& range = observer_->range();
  return choose_activation_qparams(range.min.item<float>(), range.max.item<float>());
}

}  // namespace floatsd::quant
