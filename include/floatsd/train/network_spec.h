#pragma once
// Network spec: how a network is made, as a recipe says it and a checkpoint keeps it.

#include <string>
#include <vector>

#include "floatsd/nn/graph.h"
#include "floatsd/quant/qconfig.h"
#include "floatsd/quant/signal_formats.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"

namespace floatsd::train {

/// A network's name in the zoo, how pixels become what it reads, and its qconfig; a float network
/// has no rules, and may have signal formats.
struct NetworkSpec {
  std::string network;
  quant::QConfig qconfig;
  quant::SignalFormats signals;
  /// Of the input's channels, or one for all: real = (byte / 255 - mean) / deviation. Empty: as the
  /// zoo has it.
  std::vector<double> mean, deviation;
};

/// Fresh, fused, and prepared where there are rules. Weights from torch's default generator. Throws
/// Error on signal formats beside rules, and on a mean or deviation that does not fit.
nn::Graph make_graph(const NetworkSpec& spec);

/// As a checkpoint keeps it.
serialize::Dict to_dict(const NetworkSpec& spec);
/// Throws Error naming what is missing or wrong.
NetworkSpec network_spec_from(const serialize::Field& dict);

}  // namespace floatsd::train
