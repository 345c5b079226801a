#pragma once
// Calibrate: post-training quantization of a prepared network. Ranges are chosen from images, no
// weight changes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/core/communicator.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/quant/rules.h"

namespace floatsd::ptq {

/// How the range of an activation follows from its values.
enum class CalibrationMethod {
  kMovingAverage,     ///< of each batch's extremes
  kMinMax,            ///< all values
  kPercentile,        ///< all but the outermost of a histogram
  kMeanSquaredError,  ///< what quantizes a histogram with the least error
};

/// "moving-average", "min-max", "percentile", "mse"; throws Error, with a suggestion, on anything
/// else.
CalibrationMethod parse_calibration_method(std::string_view name);
std::string to_string(CalibrationMethod method);

struct CalibrateOptions {
  int64_t images = 1000;     ///< the first of the data set; all of it, if it has fewer. At least 1
  int64_t batch_size = 100;  ///< images a step, at least 1
  std::vector<quant::Rule<CalibrationMethod>> methods;  ///< kMovingAverage if none matches
  double percentile = 99.99;  ///< of kPercentile: the share of values to keep (docs/numerics.md)
};

/// Throws Error naming the option that is out of its bounds, or the method whose pattern matches
/// nothing in that network.
void check(const CalibrateOptions& options, const nn::Graph& graph);

/// Runs images through the float network, gives every output the range that the method chooses and
/// all weights the range that they have: the network is ready to be evaluated in Pass::kInteger,
/// trained on, or converted. Histograms take a second pass over the images. Requires a
/// prepared network in which nothing was observed yet. Throws as check and nn::check_is_prepared,
/// and Error naming the node that has weights or gives values that are not finite.
void calibrate(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
               const OnProgress& on_progress = {});

/// The same, its batches shared out among ranks that have the same network and images; all end with
/// the same ranges.
void calibrate(nn::Graph& graph, const data::Dataset& dataset, const CalibrateOptions& options,
               Communicator& ranks, const OnProgress& on_progress = {});

}  // namespace floatsd::ptq
