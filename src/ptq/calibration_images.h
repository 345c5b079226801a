#pragma once
// The images of a calibration, batch by batch.

#include <ATen/core/Tensor.h>

#include <functional>

#include "floatsd/ptq/calibrate.h"

namespace floatsd::ptq {

/// Calls `use` with the pixels of each batch that the options name, in order.
void for_each_batch(const data::Dataset& dataset, const CalibrateOptions& options,
                    const std::function<void(const at::Tensor& pixels)>& use);

}  // namespace floatsd::ptq
