#pragma once
// Layer analysis: what quantization does to each layer of a prepared network, in numbers that say
// which one hurts.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"

namespace floatsd::analyze {

/// Of a layer's folded weights, as it computes with them.
struct WeightAnalysis {
  std::string scheme;          ///< "floatsd4:per-channel"
  double sqnr = 0;             ///< 10 log10(sum w^2 / sum (w - level * scale)^2), in dB
  int levels = 0, unused = 0;  ///< that the format has; of them, used by no weight
  double clipped = 0;          ///< share of weights with |w| >= Codebook::clip * scale
  /// Largest over smallest max |w| of an output channel that has weights: what one scale for all
  /// has to span.
  double channel_ratio = 1;
};

/// Of a layer's output in the float network, rounded to its codes: 10 log10(sum y^2 / sum
/// (y - code's value)^2), in dB; and the share of values that lie beyond the codes' range.
struct OutputAnalysis {
  double sqnr = 0, clipped = 0;
};

/// Those of all layers by name. Require a prepared network with ranges, and throw Error if it is
/// not one. `analyze_outputs` runs the images through the float network.
std::map<std::string, WeightAnalysis> analyze_weights(const nn::Graph& graph);
std::map<std::string, OutputAnalysis> analyze_outputs(nn::Graph& graph, const data::Dataset& images,
                                                      const OnProgress& on_progress = {});

struct LayerAnalysis {
  std::string name;
  std::optional<WeightAnalysis> weights;  ///< none for sums and averages
  OutputAnalysis output;
  double alone_quantized = 0;  ///< accuracy in percent, all other layers left float
  double alone_float = 0;      ///< accuracy in percent, all other layers quantized
};

struct NetworkAnalysis {
  double float_accuracy = 0, quantized_accuracy = 0;  ///< in percent
  std::vector<LayerAnalysis> layers;                  ///< the lowest alone_quantized first
};

/// Runs the images through the float network, the quantized one, and two mixtures a layer. Requires
/// a prepared network with ranges, and leaves it as it was. Throws Error if it is not one, or if
/// the images are of another shape.
NetworkAnalysis analyze(nn::Graph& graph, const data::Dataset& images,
                        const OnProgress& on_progress = {});

}  // namespace floatsd::analyze
