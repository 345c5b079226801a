#pragma once
// Prepare: fills the quantizer slots of a fused network by the qconfig's rules.

#include "floatsd/nn/graph.h"
#include "floatsd/quant/qconfig.h"

namespace floatsd::passes {

/// Gives each layer its weight quantizer, each layer, addition, concatenation and average its
/// output quantizer, and the input its scheme and scale grid. Throws Error naming the layer that no
/// rule matches, a rule that matches nothing, a node that has no integer form (a batch norm, if the
/// network was not fused), a weight observer that is learned (a rule's scale is), or a learned
/// range in the symmetric scheme.
void prepare(nn::Graph& graph, const quant::QConfig& qconfig);

}  // namespace floatsd::passes
