#pragma once
// Network spec: how a network is made, as a recipe says it and a checkpoint keeps it.

#include "floatsd/nn/graph.h"
#include "floatsd/quant/qconfig.h"
#include "floatsd/quant/signal_formats.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"

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

/// As a checkpoint keeps it.
serialize::Dict to_dict(const NetworkSpec& spec);
/// Throws Error naming what is missing or wrong. Checkpoints from before architectures were values
/// have the name of a network of the zoo instead.
NetworkSpec network_spec_from(const serialize::Field& dict);

}  // namespace floatsd::train
