#include "nn/rearrange.h"

#include <ATen/ATen.h>

namespace floatsd::nn {

ops::Signal Downsample::forward(const std::vector<ops::Signal>& inputs, Pass /*pass*/) {
  return ops::of_either(inputs.front(), [this](const at::Tensor& x) {
    const at::Tensor picked = x.slice(2, 0, {}, options_.stride).slice(3, 0, {}, options_.stride);
    return at::constant_pad_nd(picked,
                               {0, 0, 0, 0, options_.channels_before, options_.channels_after}, 0)
        .contiguous(at::MemoryFormat::ChannelsLast);
  });
}

ops::Signal Flatten::forward(const std::vector<ops::Signal>& inputs, Pass /*pass*/) {
  return ops::of_either(inputs.front(), [this](const at::Tensor& x) {
    const bool moves = order_ == AxesOrder::kChannelsLast && x.dim() == 4;
    return (moves ? x.permute({0, 2, 3, 1}) : x).contiguous().flatten(1);
  });
}

}  // namespace floatsd::nn
