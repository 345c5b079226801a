#pragma once
// Calibrate: post-training quantization of a prepared network. Ranges are observed on images, no
// weight changes.

#include <cstdint>

#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"

namespace floatsd::qat {

/// Runs the first `images` of the data set (all of it, if it has fewer) through the float network,
/// `batch_size` at a time, with every observer on, and leaves the network in Mode::kFrozen: ready
/// to be evaluated, trained on, or converted. Requires a prepared network; images >= 1.
void calibrate(nn::Graph& graph, const data::Dataset& dataset, int64_t images, int64_t batch_size);

}  // namespace floatsd::qat
