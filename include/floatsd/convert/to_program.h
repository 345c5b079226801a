#pragma once
// Convert: from a prepared network to the integer network. The only bridge from floats to integers.

#include "floatsd/nn/graph.h"
#include "floatsd/runtime/program.h"

namespace floatsd::convert {

/// The integer network that computes, bit for bit, what `graph` computes in Mode::kFrozen.
/// Throws Error where the graph is not in that mode (its ranges may have moved since it was last
/// evaluated), a layer's output was never observed, or an accumulator could leave 32 bits
/// (runtime::validate).
runtime::Program to_program(const nn::Graph& graph);

}  // namespace floatsd::convert
