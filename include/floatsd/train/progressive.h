#pragma once
// Progressive quantization: in the first epochs of quantized training only a share of the weights
// is quantized, and the others train around it (quant/fake_quantize.h, quantize_share).

#include <vector>

#include "floatsd/nn/graph.h"
#include "floatsd/qat/phases.h"

namespace floatsd::train {

/// Throws Error unless the shares rise between 0 and 1, and each has an epoch of Phase::kQuantize,
/// with one left for all weights.
void check_shares(const std::vector<double>& shares, const qat::PhaseSchedule& phases, int epochs);

/// The share of weights that is quantized in that epoch (from 0): the epochs of Phase::kQuantize
/// are divided evenly among `shares` and, at last, 1. In all other epochs it is 1.
double share_of(const std::vector<double>& shares, const qat::PhaseSchedule& phases, int epoch,
                int epochs);

/// Of each layer; requires a prepared network.
void set_quantized_share(nn::Graph& graph, double share);

}  // namespace floatsd::train
