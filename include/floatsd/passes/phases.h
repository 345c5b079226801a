#pragma once
// Phases: which pass (quant/pass.h) trains in which epoch.

#include <string>
#include <string_view>

#include "floatsd/quant/pass.h"

namespace floatsd::passes {

using quant::Pass;

/// How many epochs each pass but kQuantize takes; that one has the rest.
struct PhaseSchedule {
  int float_epochs = 0;              ///< at the beginning
  int observe_epochs = 0;            ///< after those
  int batch_norm_freeze_epochs = 0;  ///< before the last ones
  int freeze_epochs = 1;             ///< at the end
};

/// What epoch `epoch` (from 0) of `epochs` does, in a network that has quantizers.
/// Throws Error if the phases do not fit into `epochs`, no epoch would be quantized, or ranges
/// would be frozen before anything was observed.
Pass phase_of(const PhaseSchedule& schedule, int epoch, int epochs);

/// "float" (kTrainFloat), "observe", "quantize", "batch norm frozen", "ranges frozen" (kInteger).
/// Requires a pass that trains.
std::string to_string(Pass phase);
/// Reads what to_string wrote; throws Error on anything else.
Pass parse_phase(std::string_view name);

/// How a network is evaluated after an epoch of that phase: kFloat after kTrainFloat, else
/// kInteger: the network as it would ship.
Pass evaluation_pass(Pass phase);

}  // namespace floatsd::passes
