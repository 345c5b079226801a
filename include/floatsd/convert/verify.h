#pragma once
// Verify: does the integer network compute what was validated? Two independent computations, the
// prepared graph's forward in ATen and the runtime's interpreter, compared code by code.

#include <cstdint>
#include <string>
#include <vector>

#include "floatsd/core/communicator.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/interpreter.h"

namespace floatsd::convert {

struct LayerComparison {
  std::string name;
  int64_t codes = 0;       ///< compared: images * outputs of the layer
  int64_t mismatches = 0;  ///< of them different
  int largest = 0;         ///< difference, in codes
};

struct Verification {
  std::vector<LayerComparison> layers;
  int64_t images = 0;
  int64_t prepared_correct = 0;  ///< images that the prepared network classifies as labelled
  int64_t integer_correct = 0;   ///< and the integer network

  [[nodiscard]] int64_t mismatches() const;
};

/// Runs both on every image of the data set, in batches; the graph in Pass::kInteger. Throws Error
/// if it has no ranges (nn::check_has_ranges), or the two do not have the same layers.
Verification verify(nn::Graph& graph, const runtime::Interpreter& integer,
                    const data::Dataset& dataset, int threads, const OnProgress& on_progress = {});

/// The same, shared out among ranks that have the same networks and images; all get the result.
Verification verify(nn::Graph& graph, const runtime::Interpreter& integer,
                    const data::Dataset& dataset, int threads, Communicator& ranks,
                    const OnProgress& on_progress = {});

}  // namespace floatsd::convert
