#include "quant/quantizer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "floatsd/core/error.h"
#include "ops/learned_range.h"
#include "ops/range.h"
#include "quant/choose_qparams.h"
#include "quant/observer.h"
#include "quant/weight_range.h"

namespace floatsd::quant {

WeightQuantizer::WeightQuantizer(WeightScheme scheme, RangeMethod method, int64_t channels,
                                 ScaleGrid grid)
    : scheme_(scheme), method_(method), channels_(channels), grid_(grid) {
  const int64_t entries = scheme.granularity == Granularity::kPerChannel ? channels : 1;
  if (scheme.scale == ScaleMethod::kLearned) {
    scale_ = register_parameter("scale", at::zeros({entries}));
  } else {
    observer_ = register_module("observer", std::make_shared<Observer>(method, entries));
  }
}

std::shared_ptr<WeightQuantizer> WeightQuantizer::clone_empty() const {
  return std::make_shared<WeightQuantizer>(scheme_, method_, channels_, grid_);
}

void WeightQuantizer::observe(const at::Tensor& weights, Pass pass) {
  if (observer_) {
    observer_->observe(choose_weight_range(weights, scheme_, grid_));
    return;
  }
  const std::span<float> scale(scale_.mutable_data_ptr<float>(),
                               static_cast<size_t>(scale_.numel()));
  if (!std::all_of(scale.begin(), scale.end(), [](float s) { return std::isfinite(s); })) {
    throw Diverged("a learned scale is not finite");
  }
  const auto is_set = [pass](float s) { return s > 0 && quantizes(pass); };
  if (std::all_of(scale.begin(), scale.end(), is_set)) {
    return;
  }
  const ops::Range range = choose_weight_range(weights, scheme_, grid_);
  ops::check_finite(range);
  const std::vector<float> first = choose_weight_scales(range, *scheme_.codebook, grid_);
  for (size_t i = 0; i < scale.size(); ++i) {
    scale[i] = is_set(scale[i]) ? scale[i] : first[i];
  }
}

std::vector<float> WeightQuantizer::scales() const {
  if (observer_) {
    const ops::Range range = observer_->range();
    return observer_->has_range() ? choose_weight_scales(range, *scheme_.codebook, grid_)
                                  : std::vector<float>(range.min.size(), 1.0F);
  }
  const auto* learned = scale_.const_data_ptr<float>();
  std::vector<float> scales(learned, learned + scale_.numel());
  for (float& scale : scales) {
    if (!std::isfinite(scale)) {
      throw Diverged("a learned scale is not finite");
    }
    // 0: nothing was observed yet. A step may have gone below it while ranges stand.
    scale = scale == 0 ? 1.0F : round_to(grid_, std::max(scale, kSmallestScale));
  }
  return scales;
}

OutputQuantizer::OutputQuantizer(RangeMethod method, ScaleGrid grid, ActivationScheme scheme)
    : method_(method), grid_(grid), scheme_(scheme) {
  observer_ = register_module("observer", std::make_shared<Observer>(method, /*entries=*/1));
}

void OutputQuantizer::observe(const ops::Range& own, Pass pass, const ops::ShardsPtr& shards) {
  const ops::Range batch = ops::of_all_ranks(shards, own);
  if (observer_->learned_ends() && quantizes(pass)) {
    observer_->begin_at(batch);
  } else {
    observer_->observe(batch);
  }
}

QParams OutputQuantizer::qparams() const {
  if (!observer_->has_range()) {
    return {};
  }
  const ops::Range range = observer_->range();
  ops::check_finite(range);
  return choose_activation_qparams(range.min.front(), range.max.front(), grid_, scheme_);
}

ops::Codes OutputQuantizer::learning_range(ops::Codes codes, const ops::ShardsPtr& shards) const {
  const auto ends = observer_->learned_ends();
  return ends ? ops::learn_range(codes, qparams(), ends->first, ends->second, shards)
              : std::move(codes);
}

}  // namespace floatsd::quant
