#pragma once
// Zoo: the networks that a config can name.

#include <string_view>

#include "floatsd/nn/graph.h"

namespace floatsd::nn {

/// A freshly initialized float network ("lenet"), drawn from torch's default generator.
/// Throws Error, with a suggestion, where the name is unknown.
Graph make_network(std::string_view name);

}  // namespace floatsd::nn
