#pragma once
// Equalize: cross-layer equalization, before calibration. A channel may be made smaller in one
// layer and larger in the next without a change of what the network computes; so channels become
// alike, and one scale fits them all.

#include "floatsd/nn/graph.h"

namespace floatsd::ptq {

/// Of each pair of layers A, B, where B alone reads A and A's activation is none or a ReLU: divides
/// output channel c of A (its norm's weight and bias, or its own if it has no norm) by
/// s[c] = sqrt(r_A[c] / r_B[c]) and multiplies B's weights of input channel c by it, r the largest
/// |folded weight| of that channel; if one of them is 0, s = 1. Again over all pairs until no s is
/// further than 1 % from 1, or 100 times. Source: Nagel et al. 2019, section 4.1.
///
/// s is never so small that the bias of a channel grows beyond the largest |folded weight| + |bias|
/// that A had: the bias of a channel with tiny weights would else make the range of all channels.
///
/// The float network computes the same, to rounding. Requires a fused network in which nothing was
/// observed yet.
void equalize(nn::Graph& graph);

}  // namespace floatsd::ptq
