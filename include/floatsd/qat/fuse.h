#pragma once
// Fuse: the first pass over a network. What follows a layer and can be computed with it moves into
// the layer.

#include "floatsd/nn/graph.h"

namespace floatsd::qat {

/// Folds layer + ReLU, layer + ReLU + max pooling and layer + max pooling into the layer. The
/// network computes the same; its layers keep their names and parameters. Names of folded nodes
/// disappear.
void fuse(nn::Graph& graph);

}  // namespace floatsd::qat
