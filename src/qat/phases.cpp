#include "floatsd/qat/phases.h"

#include <algorithm>
#include <array>

#include "floatsd/core/error.h"
#include "floatsd/core/suggest.h"

namespace floatsd::qat {
namespace {

const std::array<std::string, 4> kNames = {"float", "observe", "quantize", "ranges frozen"};

}  // namespace

Phase phase_of(const PhaseSchedule& schedule, int epoch, int epochs) {
  if (schedule.observe_epochs < 0 || schedule.freeze_epochs < 0 ||
      schedule.observe_epochs + schedule.freeze_epochs > epochs ||
      schedule.observe_epochs == epochs) {
    throw Error("phases: " + std::to_string(schedule.observe_epochs) + " epochs of observing and " +
                std::to_string(schedule.freeze_epochs) + " of frozen ranges do not fit into " +
                std::to_string(epochs) + " epochs");
  }
  if (epoch < schedule.observe_epochs) {
    return Phase::kObserve;
  }
  return epoch < epochs - schedule.freeze_epochs ? Phase::kQuantize : Phase::kRangesFrozen;
}

std::string to_string(Phase phase) { return kNames[static_cast<size_t>(phase)]; }

Phase parse_phase(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) {
    throw Error("phase '" + std::string(name) + "' is unknown" + suggest(name, kNames));
  }
  return static_cast<Phase>(found - kNames.begin());
}

quant::Mode training_mode(Phase phase) {
  switch (phase) {
    case Phase::kFloat:
      return quant::Mode::kFloat;
    case Phase::kObserve:
      return quant::Mode::kObserve;
    case Phase::kQuantize:
      return quant::Mode::kQuantize;
    case Phase::kRangesFrozen:
      break;
  }
  return quant::Mode::kFrozen;
}

quant::Mode evaluation_mode(Phase phase) {
  return phase == Phase::kFloat ? quant::Mode::kFloat : quant::Mode::kFrozen;
}

}  // namespace floatsd::qat
