#pragma once
// Phases: what quantized training does in which epoch.

#include <string>
#include <string_view>

#include "floatsd/quant/quantizer.h"

namespace floatsd::qat {

enum class Phase {
  kFloat,         ///< the network has no quantizers
  kObserve,       ///< float training, ranges follow
  kQuantize,      ///< quantized training, ranges follow
  kRangesFrozen,  ///< quantized training on the integer network's own numbers
};

/// How many epochs at either end are not kQuantize.
struct PhaseSchedule {
  int observe_epochs = 0;  ///< at the beginning
  int freeze_epochs = 1;   ///< at the end
};

/// The phase of epoch `epoch` (from 0) of `epochs`, in a network that has quantizers.
/// Throws Error where the two ends do not fit into `epochs`, or all of it would be observed.
Phase phase_of(const PhaseSchedule& schedule, int epoch, int epochs);

/// "float", "observe", "quantize", "ranges frozen".
std::string to_string(Phase phase);
/// Reads what to_string wrote; throws Error on anything else.
Phase parse_phase(std::string_view name);

/// What the network's forward pass does while training in that phase.
quant::Mode training_mode(Phase phase);

/// What it does when it is evaluated: kFloat without quantizers, else kFrozen: the network as it
/// would ship.
quant::Mode evaluation_mode(Phase phase);

}  // namespace floatsd::qat
