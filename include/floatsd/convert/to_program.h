#pragma once
// Convert: from a prepared network to the integer network. The only bridge from floats to integers.

#include "floatsd/nn/graph.h"
#include "floatsd/runtime/program.h"

namespace floatsd::convert {

/// The integer network that computes, bit for bit, what `graph` computes in Pass::kInteger.
/// Throws Error if the graph was not prepared, an output was never observed
/// (nn::check_has_ranges), or an accumulator could leave 32 bits (runtime::validate).
runtime::Program to_program(const nn::Graph& graph);

}  // namespace floatsd::convert
