#pragma once
// Measure: what a network is checked by: how much it has right, and what it costs.

#include <optional>
#include <vector>

#include "check/content.h"
#include "check/facts.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/interpreter.h"

namespace floatsd::workflow {

/// What a file holds: of a float checkpoint the graph, of a model file the integer network, of a
/// quantized checkpoint both.
struct NetworkToMeasure {
  std::optional<nn::Graph> graph;
  std::optional<runtime::Interpreter> integer;
};

/// So many images a model file's kernels are compared with their definition on.
inline constexpr int64_t kImagesOfDefinition = 20;

/// On all images of the data set, by `threads` >= 1 threads. An integer network's mismatches are,
/// of all layers' codes, those that differ from the graph's on all images; without a graph those
/// that differ from the operators' definition on the first images. Throws Error if the images do
/// not fit the network, Diverged if a float network answers with a value that is not finite.
check::Facts measure(NetworkToMeasure& network, const data::Dataset& images, int threads,
                     const OnProgress& on_progress = {});

/// The integer network's parts (check/content.h); of a float network its architecture and each
/// tensor.
std::vector<check::Part> parts(const NetworkToMeasure& network);

}  // namespace floatsd::workflow
