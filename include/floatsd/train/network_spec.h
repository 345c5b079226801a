#pragma once
// Network spec: how a network is made, as a recipe says it and a checkpoint keeps it.

#include "floatsd/nn/architecture.h"
#include "floatsd/quant/qconfig.h"
#include "floatsd/quant/signal_formats.h"

namespace floatsd::nn {
class Graph;
}

namespace floatsd::train {

/// A network's architecture and its qconfig; a float network has no rules, and may have signal
/// formats.
struct NetworkSpec {
  nn::Architecture architecture;
  quant::QConfig qconfig;
  quant::SignalFormats signals;
};

/// Fresh, fused, and prepared if there are rules. Weights from torch's default generator. Throws
/// Error on signal formats beside rules.
nn::Graph make_graph(const NetworkSpec& spec);

}  // namespace floatsd::train
