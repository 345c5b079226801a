#pragma once
// The images of a calibration, batch by batch.

#include <ATen/core/Tensor.h>

#include <functional>

#include "floatsd/ptq/calibrate.h"

namespace floatsd::ptq {

/// Throws Error if there are none, or the network does not read them.
void check_calibration_images(const nn::Graph& graph, const data::Dataset& dataset);

/// How many images the options name.
int64_t image_count(const data::Dataset& dataset, const CalibrateOptions& options);

/// Calls `use` with the pixels of each batch of them, in order.
void for_each_batch(const data::Dataset& dataset, const CalibrateOptions& options,
                    const std::function<void(const at::Tensor& pixels)>& use);

}  // namespace floatsd::ptq
