#include "floatsd/passes/phases.h"

#include <algorithm>
#include <cstdint>

#include "core/counted.h"
#include "core/enum_names.h"
#include "floatsd/core/error.h"

namespace floatsd::passes {
namespace {

/// From Pass::kTrainFloat on.
const EnumNames<Pass> kNames({"float", "observe", "quantize", "batch norm frozen", "ranges frozen"},
                             Pass::kTrainFloat);

void check(const PhaseSchedule& schedule, int epochs) {
  const int counts[] = {schedule.float_epochs, schedule.observe_epochs,
                        schedule.batch_norm_freeze_epochs, schedule.freeze_epochs};
  int64_t sum = 0;
  for (const int count : counts) {
    sum += count;
  }
  if (*std::min_element(std::begin(counts), std::end(counts)) < 0 || sum > epochs) {
    throw Error("phases: " + std::to_string(schedule.float_epochs) + " float, " +
                std::to_string(schedule.observe_epochs) + " observing, " +
                std::to_string(schedule.batch_norm_freeze_epochs) + " with frozen batch norm and " +
                std::to_string(schedule.freeze_epochs) + " with frozen ranges do not fit into " +
                counted(epochs, "epoch"));
  }
  if (schedule.float_epochs + schedule.observe_epochs == epochs) {
    throw Error("phases: " +
                (epochs == 1 ? "the one epoch is" : "all " + counted(epochs, "epoch") + " are") +
                " float or observing, expected at least one that is quantized");
  }
  if (schedule.float_epochs + schedule.freeze_epochs == epochs) {
    throw Error(
        "phases: ranges would be frozen before one was observed, expected an epoch between "
        "the float and the frozen ones");
  }
}

}  // namespace

Pass phase_of(const PhaseSchedule& schedule, int epoch, int epochs) {
  check(schedule, epochs);
  const int left = epochs - epoch;
  if (epoch < schedule.float_epochs) {
    return Pass::kTrainFloat;
  }
  if (epoch < schedule.float_epochs + schedule.observe_epochs) {
    return Pass::kObserve;
  }
  if (left <= schedule.freeze_epochs) {
    return Pass::kInteger;
  }
  return left <= schedule.freeze_epochs + schedule.batch_norm_freeze_epochs ? Pass::kBatchNormFrozen
                                                                            : Pass::kQuantize;
}

std::string to_string(Pass phase) { return kNames[phase]; }

Pass parse_phase(std::string_view name) { return kNames.parse("phase", name); }

Pass evaluation_pass(Pass phase) {
  return phase == Pass::kTrainFloat ? Pass::kFloat : Pass::kInteger;
}

}  // namespace floatsd::passes
