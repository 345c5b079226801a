#include "floatsd/qat/phases.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "floatsd/core/error.h"
#include "floatsd/core/names.h"

namespace floatsd::qat {
namespace {

const std::array<std::string, 5> kNames = {"float", "observe", "quantize", "batch norm frozen",
                                           "ranges frozen"};

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
                std::to_string(epochs) + " epochs");
  }
  if (schedule.float_epochs + schedule.observe_epochs == epochs) {
    throw Error("phases: all " + std::to_string(epochs) +
                " epochs are float or observing, expected at least one that is quantized");
  }
  if (schedule.float_epochs + schedule.freeze_epochs == epochs) {
    throw Error(
        "phases: ranges would be frozen before one was observed, expected an epoch between "
        "the float and the frozen ones");
  }
}

}  // namespace

Phase phase_of(const PhaseSchedule& schedule, int epoch, int epochs) {
  check(schedule, epochs);
  const int left = epochs - epoch;
  if (epoch < schedule.float_epochs) {
    return Phase::kFloat;
  }
  if (epoch < schedule.float_epochs + schedule.observe_epochs) {
    return Phase::kObserve;
  }
  if (left <= schedule.freeze_epochs) {
    return Phase::kRangesFrozen;
  }
  return left <= schedule.freeze_epochs + schedule.batch_norm_freeze_epochs
             ? Phase::kBatchNormFrozen
             : Phase::kQuantize;
}

std::string to_string(Phase phase) { return kNames[static_cast<size_t>(phase)]; }

Phase parse_phase(std::string_view name) {
  return static_cast<Phase>(find_name("phase", name, kNames));
}

nn::Pass training_pass(Phase phase) {
  switch (phase) {
    case Phase::kFloat:
      return {quant::Mode::kFloat, nn::Statistics::kBatch};
    case Phase::kObserve:
      return {quant::Mode::kObserve, nn::Statistics::kBatch};
    case Phase::kQuantize:
      return {quant::Mode::kQuantize, nn::Statistics::kBatch};
    case Phase::kBatchNormFrozen:
      return {quant::Mode::kQuantize, nn::Statistics::kRunning};
    case Phase::kRangesFrozen:
      break;
  }
  return {quant::Mode::kFrozen, nn::Statistics::kRunning};
}

nn::Pass evaluation_pass(Phase phase) {
  return {phase == Phase::kFloat ? quant::Mode::kFloat : quant::Mode::kFrozen,
          nn::Statistics::kRunning};
}

}  // namespace floatsd::qat
