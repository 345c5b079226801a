#pragma once
// Correct bias: after calibration, takes out of each layer what its quantized weights add on
// average.

#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/ptq/calibrate.h"

namespace floatsd::ptq {

/// Adds to each layer's bias (its norm's, if it has one) the expected error of its quantized
/// weights: delta[o] = the mean over output positions of op(E[x], W - Wq), with W the folded
/// weights, Wq their levels times their scales, and E[x] ([I, H, W] or [features]) the mean of the
/// layer's input over the images, in float. So padding counts as the zeros that it is.
/// Source: Nagel et al. 2019, section 4.2, which takes one E[x] a channel.
///
/// A layer with neither bias nor norm keeps its error. Requires a calibrated network, `options` as
/// for calibrate. Throws Error if no layer has a bias or a norm.
void correct_bias(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
                  const OnProgress& on_progress = {});

}  // namespace floatsd::ptq
