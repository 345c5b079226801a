#pragma once
// Weight update: the optimizer that a training's options ask for.

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "floatsd/train/optimizer.h"
#include "floatsd/train/sgd_options.h"
#include "floatsd/train/update_options.h"

namespace floatsd::train {

std::unique_ptr<Optimizer> make_optimizer(const std::vector<at::Tensor>& parameters,
                                          const SgdOptions& sgd, const UpdateOptions& update);

}  // namespace floatsd::train
