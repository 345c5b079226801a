#include "floatsd/passes/phases.h"

#include <sstream>

#include "core/counted.h"
#include "core/enum_names.h"
#include "floatsd/core/error.h"

namespace floatsd::passes {
namespace {

/// From Pass::kTrainFloat on.
const EnumNames<Pass> kNames({"float", "observe", "quantize", "batch norm frozen", "ranges frozen"},
                             Pass::kTrainFloat);

/// Of an epoch: less than a step, and more than what sums of decimals are off in binary.
constexpr double kNothing = 1e-9;

/// Whole steps in so many epochs.
int64_t steps_in(double epochs, int64_t steps_per_epoch) {
  return static_cast<int64_t>((epochs + kNothing) * static_cast<double>(steps_per_epoch));
}

}  // namespace

void check(const PhaseSchedule& schedule, int epochs) {
  double sum = 0;
  bool fit = true;
  for (const double count : {schedule.float_epochs, schedule.observe_epochs,
                             schedule.batch_norm_freeze_epochs, schedule.freeze_epochs}) {
    sum += count;
    fit = fit && count >= 0;
  }
  if (!fit || !(sum <= epochs + kNothing)) {
    std::ostringstream message;
    message << "phases: " << schedule.float_epochs << " float, " << schedule.observe_epochs
            << " observing, " << schedule.batch_norm_freeze_epochs << " with frozen batch norm and "
            << schedule.freeze_epochs << " with frozen ranges do not fit into "
            << counted(epochs, "epoch");
    throw Error(message.str());
  }
  if (schedule.float_epochs + schedule.observe_epochs > epochs - kNothing) {
    throw Error("phases: " +
                (epochs == 1 ? "the one epoch is" : "all " + counted(epochs, "epoch") + " are") +
                " float or observing, expected at least one that is quantized");
  }
  if (schedule.float_epochs + schedule.freeze_epochs > epochs - kNothing) {
    throw Error(
        "phases: ranges would be frozen before one was observed, expected something between "
        "the float epochs and the frozen ones");
  }
}

Pass phase_of(const PhaseSchedule& schedule, int64_t step, int64_t steps_per_epoch, int epochs) {
  const auto lies_within = [&](int64_t steps, double phases) {
    return steps < steps_in(phases, steps_per_epoch);
  };
  if (lies_within(step, schedule.float_epochs)) {
    return Pass::kTrainFloat;
  }
  if (lies_within(step, schedule.float_epochs + schedule.observe_epochs)) {
    return Pass::kObserve;
  }
  const int64_t steps_after = epochs * steps_per_epoch - step - 1;
  if (lies_within(steps_after, schedule.freeze_epochs)) {
    return Pass::kInteger;
  }
  return lies_within(steps_after, schedule.freeze_epochs + schedule.batch_norm_freeze_epochs)
             ? Pass::kBatchNormFrozen
             : Pass::kQuantize;
}

std::string to_string(Pass phase) { return kNames[phase]; }

Pass parse_phase(std::string_view name) { return kNames.parse("phase", name); }

Pass evaluation_pass(Pass phase) {
  return phase == Pass::kTrainFloat ? Pass::kFloat : Pass::kInteger;
}

}  // namespace floatsd::passes
