#pragma once
// Phases: what quantized training does in which epoch.

#include <string>
#include <string_view>

#include "floatsd/nn/block.h"

namespace floatsd::qat {

/// In the order in which a training passes through them.
enum class Phase {
  kFloat,            ///< float training; the only phase of a network without quantizers
  kObserve,          ///< float training, ranges follow
  kQuantize,         ///< quantized training, ranges follow
  kBatchNormFrozen,  ///< quantized training by the running statistics, ranges follow
  kRangesFrozen,     ///< quantized training on the integer network's own numbers
};

/// How many epochs each phase but kQuantize takes; that one has the rest.
struct PhaseSchedule {
  int float_epochs = 0;              ///< at the beginning
  int observe_epochs = 0;            ///< after those
  int batch_norm_freeze_epochs = 0;  ///< before the last ones
  int freeze_epochs = 1;             ///< at the end
};

/// The phase of epoch `epoch` (from 0) of `epochs`, in a network that has quantizers.
/// Throws Error where the phases do not fit into `epochs`, no epoch would be quantized, or ranges
/// would be frozen before anything was observed.
Phase phase_of(const PhaseSchedule& schedule, int epoch, int epochs);

/// "float", "observe", "quantize", "batch norm frozen", "ranges frozen".
std::string to_string(Phase phase);
/// Reads what to_string wrote; throws Error on anything else.
Phase parse_phase(std::string_view name);

/// How the network runs while it trains in that phase.
nn::Pass training_pass(Phase phase);

/// How it runs when it is evaluated: in float in kFloat, else quantized with ranges and statistics
/// as they stand: the network as it would ship.
nn::Pass evaluation_pass(Phase phase);

}  // namespace floatsd::qat
