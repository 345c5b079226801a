#include "floatsd/quant/quantizer.h"

#include "floatsd/quant/choose_qparams.h"

namespace floatsd::quant {

WeightQuantizer::WeightQuantizer(WeightScheme scheme, RangeMethod method, int64_t channels,
                                 ScaleGrid grid)
    : scheme_(scheme), grid_(grid) {
  const int64_t entries = scheme.granularity == Granularity::kPerChannel ? channels : 1;
  observer_ = register_module("observer", std::make_shared<Observer>(method, entries));
}

void WeightQuantizer::observe(const at::Tensor& weights) {
  observer_->observe(range_of(weights, scheme_.granularity));
}

std::vector<float> WeightQuantizer::scales() const {
  const Range range = observer_->range();
  return observer_->has_range() ? choose_weight_scales(range, *scheme_.codebook, grid_)
                                : std::vector<float>(range.min.size(), 1.0F);
}

OutputQuantizer::OutputQuantizer(RangeMethod method, ScaleGrid grid) : grid_(grid) {
  observer_ = register_module("observer", std::make_shared<Observer>(method, /*entries=*/1));
}

QParams OutputQuantizer::qparams() const {
  if (!observer_->has_range()) {
    return {};
  }
  const Range range = observer_->range();
  return choose_activation_qparams(range.min.front(), range.max.front(), grid_);
}

}  // namespace floatsd::quant
