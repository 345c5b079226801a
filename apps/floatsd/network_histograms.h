#pragma once
// Network histograms: what values a network in training has, as TensorBoard shows them.

#include <string>
#include <vector>

#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "tensorboard/histogram.h"

namespace floatsd::app {

struct NamedHistogram {
  std::string tag;  ///< "weights/conv1"
  tensorboard::Histogram histogram;
};

/// Of each layer the weights as floats, a batch norm folded into them; and if `pass`, in which the
/// network is evaluated, quantizes, their levels, and of each node the output codes of the first
/// images. Leaves the network as it is.
std::vector<NamedHistogram> network_histograms(nn::Graph& graph, quant::Pass pass,
                                               const data::Dataset& images);

}  // namespace floatsd::app
