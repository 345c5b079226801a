#pragma once
// Evaluate: how many images of a data set a network gets right.

#include <cstdint>
#include <vector>

#include "floatsd/core/communicator.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"

namespace floatsd::train {

struct Accuracy {
  int64_t correct = 0;
  int64_t total = 0;
  /// In percent.
  [[nodiscard]] double percent() const;
};

/// The class of each row of logits [N, classes]: the largest, the lowest class at a tie. [N] int64.
at::Tensor classify(const at::Tensor& logits);

/// Counts on the whole data set, without gradients; `pass` is kFloat or kInteger
/// (passes::evaluation_pass). Throws Error if the images have not the shape of the graph's input,
/// the labels are not its classes, or a pass is kInteger and a node's output was never observed;
/// Diverged, naming the node, if the network answers with a value that is not finite.
Accuracy evaluate(nn::Graph& graph, const data::Dataset& dataset, quant::Pass pass,
                  const OnProgress& on_progress = {});

/// The same, shared out among ranks that have the same network and images; all get the count.
Accuracy evaluate(nn::Graph& graph, const data::Dataset& dataset, quant::Pass pass,
                  Communicator& ranks, const OnProgress& on_progress = {});

/// The same with a pass for each node (nn::Graph::forward).
Accuracy evaluate(nn::Graph& graph, const data::Dataset& dataset,
                  const std::vector<quant::Pass>& passes, const OnProgress& on_progress = {});

}  // namespace floatsd::train
