#pragma once
// Phases: which pass (quant/pass.h) trains in which part of a training.

#include <cstdint>
#include <string>
#include <string_view>

#include "floatsd/quant/pass.h"

namespace floatsd::passes {

using quant::Pass;

/// How many epochs, or what part of one, each pass but kQuantize takes; that one has the rest.
struct PhaseSchedule {
  double float_epochs = 0;              ///< at the beginning
  double observe_epochs = 0;            ///< after those
  double batch_norm_freeze_epochs = 0;  ///< before the last ones
  double freeze_epochs = 0.25;          ///< at the end
};

/// Throws Error if the phases do not fit into `epochs`, nothing would be quantized, or ranges would
/// be frozen before anything was observed.
void check(const PhaseSchedule& schedule, int epochs);

/// What `step` does, counted from 0 over a whole training of epochs * steps_per_epoch steps, in a
/// network that has quantizers. Where a phase at the beginning would end, or one at the end begin,
/// within a step, that step belongs to what lies between them. Requires a checked schedule.
Pass phase_of(const PhaseSchedule& schedule, int64_t step, int64_t steps_per_epoch, int epochs);

/// "float" (kTrainFloat), "observe", "quantize", "batch norm frozen", "ranges frozen" (kInteger).
/// Requires a pass that trains.
std::string to_string(Pass phase);
/// Reads what to_string wrote; throws Error on anything else.
Pass parse_phase(std::string_view name);

/// How a network is evaluated after a step of that phase: kFloat after kTrainFloat, else
/// kInteger: the network as it would ship.
Pass evaluation_pass(Pass phase);

}  // namespace floatsd::passes
