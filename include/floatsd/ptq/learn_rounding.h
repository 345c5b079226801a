#pragma once
// Learn rounding: after calibration, each weight goes to that one of its two neighbouring levels
// which the layer's output wants, not to the nearest.

#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/ptq/calibrate.h"

namespace floatsd::ptq {

/// Layer by layer, in order: w / scale = lower + h (upper - lower) between its neighbours, h =
/// clamp(1.2 sigmoid(v) - 0.1, 0, 1), and v, which starts from h of the weight itself, descends by
/// Adam (1000 steps of 32 images, rate 0.01) on
///
///     mean over pixels of the sum over channels of (a(op(x', w) + b) - a(op(x, w0) + b))^2
///     + 0.01 sum 1 - |2 h - 1|^beta        beta falls from 20 to 2; not in the first fifth
///
/// with x, w0 input and folded weights in the float network, x' the input that the quantized layers
/// before give, a the activation. Then h is rounded, and the layer's weights become the chosen
/// levels times their scales (over the norm's fold factor). Source: Nagel et al. 2020 (AdaRound),
/// equations 21 to 25, for levels of any spacing.
///
/// Uses the first 512 of the options' images. Requires a calibrated network, `options` as for
/// calibrate. The float weights are gone afterwards; if it throws, they stand as they were.
void learn_rounding(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
                    const OnProgress& on_progress = {});

}  // namespace floatsd::ptq
