#pragma once
// The convolutions that networks are written with: three nodes of a graph, which fuse makes one.

#include <string>
#include <vector>

#include "floatsd/nn/graph.h"

namespace floatsd::nn {

/// Appends NAME (a convolution without bias), NAME.norm and, with an activation, NAME.activation;
/// the index of the last.
int add_convolution(Graph& net, const std::string& name, const Conv2d::Options& options,
                    Activation activation, std::vector<int> inputs);

}  // namespace floatsd::nn
