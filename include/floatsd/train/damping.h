#pragma once
// Damping: against weights that go to and fro between two levels.

#include <cstdint>

#include "floatsd/nn/graph.h"

namespace floatsd::train {

/// Adds to the gradient of each layer's weights that of strength * sum (w - level * scale)^2, w the
/// folded weights and their levels held fixed, where |w| lies within the format's clip. Layers
/// without a gradient keep none. Source: Nagel et al. 2022, section 4.1. Requires a prepared
/// network after a backward pass.
void dampen_oscillations(nn::Graph& graph, double strength);

/// The strength at `step` of `steps`, which rises from 0 to `largest` along half a cosine, as
/// there.
double damping_strength(double largest, int64_t step, int64_t steps);

}  // namespace floatsd::train
