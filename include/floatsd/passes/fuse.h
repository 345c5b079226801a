#pragma once
// Fuse: the first pass over a network. What follows a layer and can be computed with it moves into
// the layer.

#include "floatsd/nn/graph.h"

namespace floatsd::passes {

/// Folds what follows a convolution or linear layer into it, as far as it has this order: batch
/// norm, activation, a max pool that tiles the image; and an activation into the addition before
/// it, or through max pools into the layer before them. A batch norm that nothing can take becomes
/// a layer of its own (nn::ChannelAffine). A node that several others read keeps its output. The
/// network computes the same; its layers keep their names and parameters, those of a batch norm
/// that follows L are L.norm's, those of a lone one N are N.norm's. Names of folded nodes
/// disappear.
void fuse(nn::Graph& graph);

}  // namespace floatsd::passes
