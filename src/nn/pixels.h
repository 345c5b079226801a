#pragma once
// Pixels: images of a data set as the tensor that a network reads.

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"

namespace floatsd::nn {

/// Images begin..end-1 as uint8 [N, C, H, W]. The tensor is a view: the data set must outlive it.
/// Requires 0 <= begin <= end <= dataset.count.
at::Tensor pixels(const data::Dataset& dataset, int64_t begin, int64_t end);

/// Throws Error with what was found if the network does not read such images, or not all are there.
void check_images(const Graph& graph, const data::Dataset& dataset);

/// The same, and Error if the network has not an output for each class, or a label is missing or no
/// class: for whoever reads labels.
void check_labelled_images(const Graph& graph, const data::Dataset& dataset);

}  // namespace floatsd::nn
